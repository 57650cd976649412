// SPDX-License-Identifier: Apache-2.0

import CLibCrypto

/// How OpenSSL sets itself up, where a program does nothing with it but what stands in this folder.
public enum OpenSSLStart {
    /// Leaves out the tables of the older calls that look a cipher or digest up by name (libssl's do; nothing here does: algorithms are fetched from
    /// the providers, as openssl.cnf configures them), and the freeing of all memory at exit (secrets are wiped when they are let go): about a
    /// twentieth of the time of an approval. To be called before anything else of OpenSSL, and never by a program that speaks TLS.
    ///
    /// Source: OPENSSL_init_crypto(3). What it cannot set up shows in the first call that needs it.
    public static func withoutNameTables() {
        let options = OPENSSL_INIT_NO_ADD_ALL_CIPHERS | OPENSSL_INIT_NO_ADD_ALL_DIGESTS | OPENSSL_INIT_NO_ATEXIT
        if OPENSSL_init_crypto(UInt64(options), nil) != 1 { OpenSSLError.stop("OPENSSL_init_crypto") }
    }
}
