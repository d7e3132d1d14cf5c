/* What a grey frame is made by besides its codec, 32 pixels at a time: enlarging, seeing what hides a mark, marking.

   Each function does to the bit what the calls of OpenCV do that stand beside it in Python, where this module is not there:
   it is built where there is a C compiler, for processors that have AVX2, and nothing depends on it but time.
   Every size is checked before a pixel is touched. The interpreter's lock is kept: a megapixel takes a tenth of a millisecond. */

#include "pictures.h"

static PyMethodDef functions[] = {
    {"enlarge", (PyCFunction)(void (*)(void))enlarge, METH_FASTCALL, NULL},
    {"look", (PyCFunction)(void (*)(void))look, METH_FASTCALL, NULL},
    {"mark", (PyCFunction)(void (*)(void))mark, METH_FASTCALL, NULL},
    {NULL, NULL, 0, NULL},
};

static struct PyModuleDef definition = {PyModuleDef_HEAD_INIT, "viewer.imaging._avx2", NULL, -1, functions, NULL, NULL, NULL, NULL};

PyMODINIT_FUNC PyInit__avx2(void)
{
    if (!__builtin_cpu_supports("avx2")) {
        PyErr_SetString(PyExc_ImportError, "this processor has no AVX2");
        return NULL;
    }
    return PyModule_Create(&definition);
}
