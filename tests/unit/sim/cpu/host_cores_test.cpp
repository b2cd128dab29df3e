// SPDX-License-Identifier: Apache-2.0
#include "sim/cpu/host_cores.h"

#include <gtest/gtest.h>

namespace swtee::cpu {
namespace {

TEST(HostCores, KnowsWhenEveryCoreHasExecutedWbinvdSinceAMoment) {
  HostCores cores(3, 1, true);
  const auto start = cores.wbinvd_moment();
  EXPECT_FALSE(cores.wbinvd_everywhere_since(start));
  cores.wbinvd(0);
  cores.wbinvd(1);
  EXPECT_FALSE(cores.wbinvd_everywhere_since(start));
  const auto middle = cores.wbinvd_moment();
  cores.wbinvd(2);
  EXPECT_TRUE(cores.wbinvd_everywhere_since(start));
  EXPECT_FALSE(cores.wbinvd_everywhere_since(middle));
  cores.wbinvd_all();
  EXPECT_TRUE(cores.wbinvd_everywhere_since(middle));
  EXPECT_FALSE(cores.wbinvd_everywhere_since(cores.wbinvd_moment()));
}

TEST(HostCores, AreNotReadyBeforeTheHostPreparesThem) {
  HostCores cores(2, 2, false);
  EXPECT_FALSE(cores.ready_for_snp());
  cores.prepare_for_snp(true);
  EXPECT_TRUE(cores.ready_for_snp());
  EXPECT_TRUE(cores.all_cores_report());
  cores.silence_a_core(true);
  EXPECT_FALSE(cores.all_cores_report());
  EXPECT_EQ(cores.sockets(), 2u);
  EXPECT_FALSE(cores.smt_enabled());
}

}  // namespace
}  // namespace swtee::cpu
