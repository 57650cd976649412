// SPDX-License-Identifier: Apache-2.0
#pragma once
#include <openssl/evp.h>
#include <openssl/pem.h>
#include <openssl/err.h>
#include <openssl/x509.h>
#include <openssl/ec.h>
#include <openssl/rand.h>
#include <openssl/hmac.h>
#include <openssl/crypto.h>
#include <openssl/pkcs12.h>
#include <openssl/core_names.h>

// BIO_get_mem_data is a macro over BIO_ctrl with a cast that Swift does not import.
static inline long cs_bio_mem_data(BIO *bio, char **data) { return BIO_get_mem_data(bio, data); }
// EVP_PKEY_Q_keygen is variadic.
static inline EVP_PKEY *cs_keygen_ed25519(void) { return EVP_PKEY_Q_keygen(NULL, NULL, "ED25519"); }
static inline EVP_PKEY *cs_keygen_p256(void) { return EVP_PKEY_Q_keygen(NULL, NULL, "EC", "P-256"); }
