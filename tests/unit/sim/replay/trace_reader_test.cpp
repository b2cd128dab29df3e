// SPDX-License-Identifier: Apache-2.0
#include "sim/replay/replay.h"
#include "sim/replay/trace_reader.h"

#include <gtest/gtest.h>

#include <sstream>

namespace swtee::replay {
namespace {

const std::string kHeader = R"({"swtee_trace":1,"swtee":"x","platform":{"platform":"snp:milan","memory":67108864},"nv":null})" "\n";
const std::string kOn = R"({"seq":1,"op":"entropy","inputs":{"stream":"memory-reset-key","bytes":"01 00*63"},"result":"OK"})" "\n"
                        R"({"seq":2,"op":"nv_store","inputs":{"record":"73777465656e7600010000000100000001371d00040018730000000000000000f000ad198140e4532cb119abe093bb1b9a756040b4e995cb1704b8828466ed4b"},"result":"OK"})" "\n"
                        R"({"seq":3,"op":"power_on","inputs":{},"result":"OK"})" "\n";

std::string event(const std::string& op, const std::string& inputs, const std::string& seq = "4") {
  return R"({"seq":)" + seq + R"(,"op":")" + op + R"(","inputs":{)" + inputs + R"(},"result":"OK"})" "\n";
}

std::string error_of(const std::string& trace) {
  std::istringstream in(trace);
  const auto outcome = replay(in);
  return outcome.ok() ? "" : outcome.error().what();
}

TEST(TraceReader, ReadsHeaderAndEvents) {
  std::istringstream in(kHeader + event("write", R"("at":4096,"data":"0102 00*14")", "1"));
  auto reader = TraceReader::open(in);
  ASSERT_TRUE(reader.ok()) << reader.error().what();
  EXPECT_EQ(reader.value().header().program, "x");
  EXPECT_EQ(reader.value().header().platform.product->platform, "snp:milan");
  EXPECT_FALSE(reader.value().header().record.has_value());
  const auto read = reader.value().next();
  ASSERT_TRUE(read.ok() && read.value().has_value());
  EXPECT_EQ(read.value()->op, "write");
  EXPECT_EQ(read.value()->number("at", 9999).value(), 4096u);
  EXPECT_EQ(read.value()->bytes("data", 16).value().size(), 16u);
  EXPECT_FALSE(read.value()->bytes("data", 15).ok());
  EXPECT_FALSE(reader.value().next().value().has_value());
}

TEST(TraceReader, NamesTheLineAndWhatIsWrongWithIt) {
  const struct {
    std::string trace, error;
  } cases[] = {
      {"", "line 1: the trace is empty"},
      {"{}", "line 1: the line has no end; the trace was cut off"},
      {"{}\n", "line 1: the member \"swtee_trace\" is missing"},
      {"no\n", "line 1: the document is not JSON"},
      {R"({"swtee_trace":2,"swtee":"x","platform":{},"nv":null})" "\n", "line 1: the trace has format version 2; this program reads version 1"},
      {R"({"swtee_trace":1,"swtee":"x","platform":{},"nv":null})" "\n",
       "line 1: platform: \"platform\" is missing: the name of a platform, such as \"snp:milan\""},
      {R"({"swtee_trace":1,"swtee":"x","platform":{"platform":"snp:milan"},"nv":"0"})" "\n",
       "line 1: nv: two hexadecimal digits are wanted for each byte"},
      {R"({"swtee_trace":1,"swtee":"x","platform":{"platform":"snp:milan"},"nv":null,"more":1})" "\n", "line 1: there is no member \"more\""},
      {kHeader + "{}\n", "line 2: the member \"seq\" is missing"},
      {kHeader + event("wbinvd_all", ""), "line 2: seq is 4 where 1 is wanted"},
      {kHeader + event("wbinvd_all", "", "1"), "line 2: the first call of a trace, and no other, is power_on"},
      {kHeader + event("wbinvd_all", "\"a\":[]", "1"), "line 2: inputs: a: a number or a text is wanted"},
      {kHeader + event("wbinvd_all", "\"a\":-1", "1"), "line 2: inputs: a: a number or a text is wanted"},
      {kHeader + kOn + event("power_on", ""), "line 5: the first call of a trace, and no other, is power_on"},
      {kHeader + kOn + event("wbinvd_all", "", "5"), "line 5: seq is 5 where 4 is wanted"},
      {kHeader + kOn + event("dance", ""), "line 5: there is no op \"dance\""},
      {kHeader + kOn + event("command", ""), "line 5: command: the input \"id\" is missing"},
      {kHeader + kOn + event("command", "\"id\":\"1\""), "line 5: command: id: a number is wanted"},
      {kHeader + kOn + event("command", "\"id\":4294967296"), "line 5: command: id: 4294967296 is above 4294967295"},
      {kHeader + kOn + event("wbinvd", "\"core\":4"), "line 5: wbinvd: core: 4 is above 3"},
      {kHeader + kOn + event("write", "\"agent\":\"nobody\""), "line 5: write: agent: there is no agent \"nobody\""},
      {kHeader + kOn + event("write", R"("agent":"host","asid":0,"vmpl":0,"encrypted":2)"), "line 5: write: encrypted: 2 is above 1"},
      {kHeader + kOn + event("write", R"("agent":"host","asid":0,"vmpl":0,"encrypted":0,"at":0,"data":"x")"),
       "line 5: write: data: two hexadecimal digits are wanted for each byte"},
      {kHeader + kOn + event("read", R"("agent":"host","asid":0,"vmpl":0,"encrypted":0,"at":0,"size":67108865)"),
       "line 5: read: size: 67108865 is above 67108864"},
      {kHeader + kOn + event("fault", "\"id\":1"), "line 5: fault: there is no result \"OK\""},
      {kHeader + R"({"seq":1,"op":"nv_store","inputs":{},"result":"?"})" "\n", "line 2: nv_store: there is no result \"?\""},
      {kHeader + kOn + event("entropy", R"("stream":"vmpck","bytes":"0")"),
       "line 5: entropy: bytes: two hexadecimal digits are wanted for each byte"},
      {kHeader + kOn + event("entropy", R"("stream":"vmpck","bytes":"00")"), "line 5: the trace ends within a call"},
      {kHeader + kOn + event("wbinvd_all", "").substr(0, 20), "line 5: the line has no end; the trace was cut off"},
  };
  for (const auto& c : cases) EXPECT_EQ(error_of(c.trace), c.error) << c.trace;
  EXPECT_EQ(error_of(kHeader + kOn + event("wbinvd_all", "")), "");
}

}  // namespace
}  // namespace swtee::replay
