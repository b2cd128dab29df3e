// SPDX-License-Identifier: Apache-2.0
/// The header in C++11, after itself, and beside the rules that it shares names with.
#include <swtee/swtee.h>
#include <swtee/swtee.h>

static_assert(sizeof(swtee_machine_options) == 88, "as in C");
