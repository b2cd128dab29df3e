/* SPDX-License-Identifier: Apache-2.0 */
#pragma once
typedef struct {
    unsigned long value;
} pte_t, pgprot_t, pgd_t;
enum pg_level { PG_LEVEL_NONE, PG_LEVEL_4K, PG_LEVEL_2M };
enum stack_type { STACK_TYPE_UNKNOWN };
