// SPDX-License-Identifier: Apache-2.0
#pragma once

/// Marks what libsoundfold gives to other programs; all else in it is hidden.
#define SOUNDFOLD_API __attribute__((visibility("default")))
