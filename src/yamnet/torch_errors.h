// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "support/errors.h"

#include <c10/util/Exception.h>

#include <new>
#include <string>

namespace soundfold::yamnet {

/// The one line of a LibTorch error that says what went wrong: without C++ backtrace, TorchScript traceback and the
/// kind of the error.
std::string plain_reason(const std::string& text);

/// `text` as one line of bounded length: a damaged or hostile file may have written a part of it.
std::string one_line(const std::string& text);

/// Runs `body`; an error of LibTorch or of a library below it becomes a DataError "<what>: <its one line>". What says
/// nothing about the file or the sound passes as it is: UsageError, Interrupted and a lack of memory; so does a
/// DataError, which says it all, as one_line().
template <typename Body>
auto with_plain_errors(const std::string& what, Body body) -> decltype(body()) {
  try {
    return body();
  } catch (const DataError& error) {
    throw DataError(one_line(error.what()));
  } catch (const UsageError&) {
    throw;
  } catch (const Interrupted&) {
    throw;
  } catch (const std::bad_alloc&) {
    throw;
  } catch (const c10::Error& error) {
    throw DataError(what + ": " + plain_reason(error.what_without_backtrace()));
  } catch (const std::exception& error) {
    throw DataError(what + ": " + plain_reason(error.what()));
  }
}

}  // namespace soundfold::yamnet
