// SPDX-License-Identifier: Apache-2.0
// The allocator's settings (mallopt(3)), which the Glibc module does not offer.
#include <malloc.h>
