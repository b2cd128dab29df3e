/* SPDX-License-Identifier: Apache-2.0 */
/* What the kernel's headers expect to have been included, as far as they need it to be compiled outside the kernel. */
#pragma once
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

typedef uint8_t u8, __u8;
typedef uint16_t u16, __u16;
typedef uint32_t u32, __u32;
typedef uint64_t u64, __u64;
typedef uint64_t phys_addr_t;
typedef unsigned int gfp_t;

#define __packed __attribute__((packed))
#define __aligned(x) __attribute__((aligned(x)))
#define __init
#define __user
#define __noreturn __attribute__((noreturn))
#define __always_inline inline
#define BIT(n) (1UL << (n))
#define BIT_ULL(n) (1ULL << (n))
#define GENMASK(high, low) ((~0UL << (low)) & (~0UL >> (63 - (high))))
#define GENMASK_ULL(high, low) ((~0ULL << (low)) & (~0ULL >> (63 - (high))))
#define PAGE_SIZE 4096
#define ERR_PTR(error) ((void*)(intptr_t)(error))
#define BUILD_BUG_ON(condition) static_assert(!(condition), #condition)
#define ASSERT_STRUCT_OFFSET(type, field, offset) static_assert(offsetof(type, field) == (offset), #field)

#include <asm/ioctl.h>
#include <errno.h>
