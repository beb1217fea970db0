// SPDX-License-Identifier: Apache-2.0
#include "weights/weights.h"

#include "support/errors.h"
#include "support/files.h"
#include "testing/testing.h"
#include "weights/sample_weights.h"

#include <catch2/catch.hpp>

using namespace soundfold;
using namespace soundfold::weights;
using soundfold::weights::testing::class_map_text;
using soundfold::weights::testing::random_weights;

TEST_CASE("YAMNet has 3,751,369 parameters", "[weights]") {
  const Weights weights = random_weights(1, network::kYamnetClasses, 1, network::Activation::relu);
  CHECK(weights.parameter_count() == 3'751'369);
  CHECK(weights.embedding_size() == 1024);
  CHECK(random_weights(4, 521, 1, network::Activation::relu).embedding_size() == 256);
}

TEST_CASE("the class map must count 521 classes from 0", "[weights]") {
  const soundfold::testing::TempFolder folder;
  const auto path = folder / "map.csv";
  write_file_atomically(path, class_map_text());
  const auto names = read_class_map(path);
  CHECK(names.size() == 521);
  CHECK(names[520] == "class 520");
  write_file_atomically(path, class_map_text(520));
  CHECK_THROWS_WITH(read_class_map(path), Catch::Contains("520 classes, expected 521"));
  std::string swapped = class_map_text();
  swapped.replace(swapped.find("\n3,"), 3, "\n4,");
  write_file_atomically(path, swapped);
  CHECK_THROWS_WITH(read_class_map(path), Catch::Contains("index 4, expected 3"));
}

TEST_CASE("a file that is no weights file is refused by its first bytes", "[weights]") {
  const soundfold::testing::TempFolder folder;
  write_file_atomically(folder / "notes.txt", "hello");
  CHECK_THROWS_WITH(read_weights(folder / "notes.txt", "", {}), Catch::Contains("neither a Keras HDF5 file nor"));
  CHECK_THROWS_WITH(read_weights(folder / "none.h5", "", {}), Catch::Contains("no such file"));
  CHECK_THROWS_WITH(read_weights(folder.path(), "", {}), Catch::Contains("not a regular file"));
  write_file_atomically(folder / "empty", "");
  CHECK_THROWS_AS(read_weights(folder / "empty", "", {}), DataError);
}
