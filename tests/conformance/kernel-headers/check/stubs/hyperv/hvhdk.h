/* SPDX-License-Identifier: Apache-2.0 */
#pragma once
/* A member of a union that is 32 bytes large without it. */
struct hv_vmcb_enlightenments {
    unsigned char content[32];
};
inline bool test_bit(long, const unsigned long*) { return false; }
inline void __set_bit(long, unsigned long*) {}
