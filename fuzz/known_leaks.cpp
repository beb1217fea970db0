// Leaks of libraries, which the leak sanitizer asks here to pass over. Both lose memory in sf_open and H5Fopen or
// H5Dopen2 when these refuse a damaged file, and leave nothing that could be closed:
// - libsndfile 1.2.0 forgets what libvorbis allocated when an Ogg file ends inside its first headers;
// - HDF5 1.10.8 forgets a few hundred bytes. try_keras_h5 checks that no handle of ours stays open.
extern "C" const char* __lsan_default_suppressions();
extern "C" const char* __lsan_default_suppressions() {
  return "leak:vorbis_info_init\nleak:libhdf5\n";
}
