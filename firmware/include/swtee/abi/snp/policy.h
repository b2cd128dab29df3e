// SPDX-License-Identifier: Apache-2.0
/// Guest policy: what the guest's owner allows the platform to do.  [SNP-ABI r1.58 §GUEST_POLICY]
#pragma once

#include <swtee/abi/wire.h>

namespace swtee::snp::policy {

using AbiMinor = Field<0, 8>;
using AbiMajor = Field<8, 8>;
using Smt = Bit<16>;
using ReservedMustBeOne = Bit<17>;
using MigrateMa = Bit<18>;
using Debug = Bit<19>;
using SingleSocket = Bit<20>;
using CxlAllow = Bit<21>;
using MemAes256Xts = Bit<22>;
using RaplDis = Bit<23>;
using CiphertextHidingDram = Bit<24>;
using PageSwapDisable = Bit<25>;
inline constexpr std::uint64_t kMustBeZero = ~((std::uint64_t{1} << 26) - 1);

/// SMT allowed, nothing else: what QEMU launches with when not told otherwise.
inline constexpr std::uint64_t kDefault = 0x30000;

}  // namespace swtee::snp::policy
