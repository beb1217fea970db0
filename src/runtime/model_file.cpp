// SPDX-License-Identifier: Apache-2.0
#include "runtime/model_file.h"
