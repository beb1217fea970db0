// SPDX-License-Identifier: Apache-2.0
// Exists to compile the shared precompiled header of LibTorch.
