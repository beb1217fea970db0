// SPDX-License-Identifier: Apache-2.0
#include "yamnet/torch_errors.h"

#include <catch2/catch.hpp>

#include <new>
#include <stdexcept>

using namespace soundfold;

TEST_CASE("a failure that is not about the model is not reported as its file's", "[yamnet]") {
  const auto run = [](auto thrown) { yamnet::with_plain_errors("model.pt", [&] { throw thrown; }); };
  CHECK_THROWS_AS(run(Interrupted("stopped", 2)), Interrupted);
  CHECK_THROWS_AS(run(std::bad_alloc()), std::bad_alloc);
  CHECK_THROWS_AS(run(UsageError("a wrong option")), UsageError);
  CHECK_THROWS_WITH(run(DataError("as it is")), "as it is");
  CHECK_THROWS_WITH(run(std::out_of_range("vector")), "model.pt: vector");
  CHECK_THROWS_WITH(run(DataError("two\nlines")), "two?lines");
  CHECK_THROWS_WITH(run(std::runtime_error("\nfirst\nsecond")), "model.pt: first");
  CHECK_THROWS_WITH(run(std::runtime_error("Traceback of TorchScript\n  a\nbuiltins.RuntimeError: last\n")),
                    "model.pt: last");
}
