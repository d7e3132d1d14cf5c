/* What the kernels have in common: pictures of bytes, which are checked before a pixel is touched. */

#ifndef ISINGLASS_PICTURES_H
#define ISINGLASS_PICTURES_H

#define PY_SSIZE_T_CLEAN
#include <Python.h>
#include <limits.h>
#include <stdint.h>
#include <string.h>

#if !defined(__x86_64__) || !defined(__GNUC__)
#error "for x86-64, by GCC or Clang"
#endif
#include <immintrin.h>

#define AVX2 __attribute__((target("avx2")))
#define SIDE 32768 /* px, of anything at most */
#define WIDE 32    /* pixels of a register */

static inline int padded(int count) { return (count + WIDE - 1) / WIDE * WIDE; }

/* A picture of bytes in one piece, or an exception. */
static inline int picture(PyObject *object, Py_buffer *view, int writable)
{
    int flags = PyBUF_ND | (writable ? PyBUF_WRITABLE : 0);
    if (PyObject_GetBuffer(object, view, flags) < 0)
        return -1;
    if (view->ndim == 2 && view->itemsize == 1 && view->shape[0] >= 1 && view->shape[0] <= SIDE &&
        view->shape[1] >= 1 && view->shape[1] <= SIDE)
        return 0;
    PyBuffer_Release(view);
    PyErr_SetString(PyExc_ValueError, "not a picture of bytes");
    return -1;
}

static inline int all_pictures(PyObject *const *objects, Py_buffer *views, int count, unsigned writable)
{
    for (int k = 0; k < count; k++)
        if (picture(objects[k], &views[k], writable >> k & 1) < 0) {
            while (k--)
                PyBuffer_Release(&views[k]);
            return -1;
        }
    return 0;
}

static inline void release(Py_buffer *views, int count)
{
    for (int k = 0; k < count; k++)
        PyBuffer_Release(&views[k]);
}

static inline int is_of(const Py_buffer *view, Py_ssize_t rows, Py_ssize_t columns)
{
    return view->shape[0] == rows && view->shape[1] == columns;
}

PyObject *enlarge(PyObject *module, PyObject *const *given, Py_ssize_t count);
PyObject *look(PyObject *module, PyObject *const *given, Py_ssize_t count);
PyObject *mark(PyObject *module, PyObject *const *given, Py_ssize_t count);

#endif
