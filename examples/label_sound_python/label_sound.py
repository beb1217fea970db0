# SPDX-License-Identifier: Apache-2.0
# Names what is in a sound file with a model.safetensors, by way of soundfold.h: python3 label_sound.py MODEL SOUND
import ctypes as c
import sys


class Answer(c.Structure):  # soundfold_answer
    _fields_ = [("start_s", c.c_double), ("end_s", c.c_double), ("probabilities", c.POINTER(c.c_double)),
                ("logits", c.POINTER(c.c_float)), ("level_dbfs", c.c_float), ("silent", c.c_int),
                ("classes", c.POINTER(c.c_size_t)), ("class_count", c.c_size_t), ("none", c.c_char_p)]


soundfold = c.CDLL("libsoundfold.so.0.1")
soundfold.soundfold_classifier_load.restype = c.c_void_p
soundfold.soundfold_class_name.restype = c.c_char_p
on_window = c.CFUNCTYPE(c.c_int, c.POINTER(Answer), c.c_void_p)
error = c.create_string_buffer(1024)  # soundfold_error
classifier = c.c_void_p(soundfold.soundfold_classifier_load(sys.argv[1].encode(), None, error))


def show(found):
    answer = f"({found.none.decode()})"
    if found.class_count > 0:
        best = found.classes[0]
        answer = f"{soundfold.soundfold_class_name(classifier, c.c_size_t(best)).decode()} {found.probabilities[best]:.3f}"
    print(f"{found.start_s:7.2f} {found.end_s:7.2f}  {answer}")
    return 0


clip = Answer()
each = on_window(lambda window, context: show(window[0]))
if not classifier or soundfold.soundfold_classify_file(classifier, sys.argv[2].encode(), each, None, c.byref(clip), error):
    sys.exit(f"label_sound.py: error: {error.value.decode()}")
show(clip)
soundfold.soundfold_classifier_free(classifier)
