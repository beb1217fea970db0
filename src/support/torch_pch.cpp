// Exists to compile the shared precompiled header of LibTorch.
