/* What a grey frame is made by besides its codec, 32 pixels at a time: enlarging, seeing what hides a mark, marking.

   Each function does to the bit what the calls of OpenCV do that stand beside it in Python, where this module is not there:
   it is built where there is a C compiler, for processors that have AVX2, and nothing depends on it but time.
   Every size is checked before a pixel is touched. The interpreter's lock is kept: a megapixel takes a tenth of a millisecond. */

#define PY_SSIZE_T_CLEAN
#include <Python.h>
#include <limits.h>
#include <math.h>
#include <stdint.h>
#include <string.h>

#if !defined(__x86_64__) || !defined(__GNUC__)
#error "for x86-64, by GCC or Clang"
#endif
#include <immintrin.h>

#define AVX2 __attribute__((target("avx2")))
#define SIDE 32768 /* px, of anything at most */
#define WIDE 32    /* pixels of a register */
#define BLOCK 4    /* px, of the mark */
#define TILE 64    /* px, along which the visible text is or is not */

static inline int padded(int count) { return (count + WIDE - 1) / WIDE * WIDE; }

/* A picture of bytes in one piece, or an exception. */
static int picture(PyObject *object, Py_buffer *view, int writable)
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

static int all_pictures(PyObject *const *objects, Py_buffer *views, int count, unsigned writable)
{
    for (int k = 0; k < count; k++)
        if (picture(objects[k], &views[k], writable >> k & 1) < 0) {
            while (k--)
                PyBuffer_Release(&views[k]);
            return -1;
        }
    return 0;
}

static void release(Py_buffer *views, int count)
{
    for (int k = 0; k < count; k++)
        PyBuffer_Release(&views[k]);
}

static int is_of(const Py_buffer *view, Py_ssize_t rows, Py_ssize_t columns)
{
    return view->shape[0] == rows && view->shape[1] == columns;
}

/* --- enlarging: cv2.resize of INTER_LINEAR, which reckons in 11 bits across, then in 16 down, and drops what is below */

typedef struct {
    int32_t from;    /* source pixel at which 16 of them begin that 8 output pixels lie between */
    uint8_t pick[16]; /* of those, the two neighbours of each of the 8 */
    int16_t share[16]; /* of each of the two, in 1/2048 */
} Eight;

static struct {
    int source, output; /* sizes that the plan is for */
    Eight *eights;
} across;

static inline float place(int at, double step, int *first)
{
    float where = (float)((at + 0.5) * step - 0.5);
    float whole = floorf(where);
    *first = (int)whole;
    return where - whole;
}

static int plan(int source, int output)
{
    if (across.source == source && across.output == output)
        return 0;
    int count = padded(output) / 8;
    Eight *eights = PyMem_Realloc(across.eights, sizeof(Eight) * count);
    if (eights == NULL) {
        PyErr_NoMemory();
        return -1;
    }
    across.eights = eights;
    across.source = across.output = 0;
    double step = 1.0 / ((double)output / source);
    for (int k = 0; k < count; k++) {
        Eight *eight = &eights[k];
        for (int j = 0; j < 8; j++) {
            int first, x = 8 * k + j < output ? 8 * k + j : output - 1;
            float rest = place(x, step, &first);
            if (first < 0)
                first = 0, rest = 0;
            if (first >= source - 1)
                first = source - 1, rest = 0;
            if (j == 0)
                eight->from = first < source - 16 ? first : source - 16;
            int second = first < source - 1 ? first + 1 : first;
            eight->pick[2 * j] = (uint8_t)(first - eight->from); /* 8 outputs of an enlarged row span 9 pixels at most */
            eight->pick[2 * j + 1] = (uint8_t)(second - eight->from);
            eight->share[2 * j] = (int16_t)lrintf((1.0f - rest) * 2048.0f);
            eight->share[2 * j + 1] = (int16_t)lrintf(rest * 2048.0f);
        }
    }
    across.source = source;
    across.output = output;
    return 0;
}

/* One source row at the output's width, in 1/128. */
AVX2 static void widen(const uint8_t *row, int16_t *out, int width)
{
    const __m256i zero = _mm256_setzero_si256();
    for (int x = 0; x < width; x += 16) {
        const Eight *low = &across.eights[x / 8], *high = low + 1;
        __m256i near = _mm256_inserti128_si256(
            _mm256_castsi128_si256(_mm_loadu_si128((const __m128i *)(row + low->from))),
            _mm_loadu_si128((const __m128i *)(row + high->from)), 1);
        __m256i pick = _mm256_inserti128_si256(
            _mm256_castsi128_si256(_mm_loadu_si128((const __m128i *)low->pick)),
            _mm_loadu_si128((const __m128i *)high->pick), 1);
        __m256i pairs = _mm256_shuffle_epi8(near, pick);
        __m256i first = _mm256_inserti128_si256(
            _mm256_castsi128_si256(_mm_loadu_si128((const __m128i *)low->share)),
            _mm_loadu_si128((const __m128i *)high->share), 1);
        __m256i last = _mm256_inserti128_si256(
            _mm256_castsi128_si256(_mm_loadu_si128((const __m128i *)(low->share + 8))),
            _mm_loadu_si128((const __m128i *)(high->share + 8)), 1);
        __m256i a = _mm256_srai_epi32(_mm256_madd_epi16(_mm256_unpacklo_epi8(pairs, zero), first), 4);
        __m256i b = _mm256_srai_epi32(_mm256_madd_epi16(_mm256_unpackhi_epi8(pairs, zero), last), 4);
        _mm256_storeu_si256((__m256i *)(out + x), _mm256_packs_epi32(a, b));
    }
}

AVX2 static inline __m256i between(const int16_t *above, const int16_t *below, __m256i up, __m256i down)
{
    __m256i sum = _mm256_add_epi16(_mm256_mulhi_epi16(_mm256_loadu_si256((const __m256i *)above), up),
                                   _mm256_mulhi_epi16(_mm256_loadu_si256((const __m256i *)below), down));
    return _mm256_srai_epi16(_mm256_add_epi16(sum, _mm256_set1_epi16(2)), 2);
}

AVX2 static void blend(const int16_t *above, const int16_t *below, float rest, uint8_t *out, int width)
{
    __m256i up = _mm256_set1_epi16((int16_t)lrintf((1.0f - rest) * 2048.0f));
    __m256i down = _mm256_set1_epi16((int16_t)lrintf(rest * 2048.0f));
    for (int x = 0; x < width; x += WIDE) {
        __m256i bytes = _mm256_permute4x64_epi64(
            _mm256_packus_epi16(between(above + x, below + x, up, down),
                                between(above + x + 16, below + x + 16, up, down)),
            0xD8);
        if (width - x >= WIDE) {
            _mm256_storeu_si256((__m256i *)(out + x), bytes);
        } else {
            uint8_t last[WIDE];
            _mm256_storeu_si256((__m256i *)last, bytes);
            memcpy(out + x, last, width - x);
        }
    }
}

static inline int within(int row, int rows) { return row < 0 ? 0 : row < rows ? row : rows - 1; }

static PyObject *enlarge(PyObject *Py_UNUSED(module), PyObject *const *given, Py_ssize_t count)
{
    Py_buffer views[2], *source = &views[0], *out = &views[1];
    if (count != 2) {
        PyErr_SetString(PyExc_TypeError, "enlarge(source, out)");
        return NULL;
    }
    if (all_pictures(given, views, 2, 2) < 0)
        return NULL;
    int rows = (int)source->shape[0], columns = (int)source->shape[1];
    int height = (int)out->shape[0], width = (int)out->shape[1], room = padded(width);
    int16_t *wide = NULL;
    if (columns < 16 || width < columns)
        PyErr_SetString(PyExc_ValueError, "too small to be enlarged");
    else if (plan(columns, width) == 0 && (wide = PyMem_Malloc(sizeof(int16_t) * 2 * room)) == NULL)
        PyErr_NoMemory();
    if (wide != NULL) {
        int held[2] = {-1, -1}; /* source rows that are there at the output's width */
        double step = 1.0 / ((double)height / rows);
        for (int y = 0; y < height; y++) {
            int first, k;
            float rest = place(y, step, &first);
            int above = within(first, rows), below = within(first + 1, rows);
            for (k = 0; k < 2; k++) { /* an even row stands in the first half, an odd one in the second */
                int row = k ? below : above, half = row & 1;
                if (held[half] != row) {
                    widen((const uint8_t *)source->buf + (size_t)row * columns, wide + half * room, room);
                    held[half] = row;
                }
            }
            blend(wide + (above & 1) * room, wide + (below & 1) * room, rest, (uint8_t *)out->buf + (size_t)y * width, width);
        }
        PyMem_Free(wide);
    }
    release(views, 2);
    if (PyErr_Occurred())
        return NULL;
    Py_RETURN_NONE;
}

/* --- what hides a mark: of each block of 4 x 4 px, by its first pixel and those of the blocks about it */

enum { PLAIN, IN_BUSY, IN_FLAT, IN_BLACK };

/* The least and the greatest of three rows, in the middle of what holds one neutral byte more at each end. */
AVX2 static void spread(const uint8_t *a, const uint8_t *b, const uint8_t *c, uint8_t *least, uint8_t *most, int count)
{
    for (int x = 0; x < count; x++) {
        uint8_t low = a[x] < b[x] ? a[x] : b[x], high = a[x] > b[x] ? a[x] : b[x];
        least[x] = low < c[x] ? low : c[x];
        most[x] = high > c[x] ? high : c[x];
    }
}

AVX2 static long judge(const uint8_t *small, const uint8_t *least, const uint8_t *most, uint8_t *out, int count,
                       const uint8_t limits[4])
{
    const uint8_t busy = limits[0], bright = limits[1], flat = limits[2], black = limits[3];
    long dark = 0;
    for (int x = 0; x < count; x++) {
        uint8_t low = least[x - 1] < least[x] ? least[x - 1] : least[x];
        uint8_t high = most[x - 1] > most[x] ? most[x - 1] : most[x];
        low = low < least[x + 1] ? low : least[x + 1];
        high = high > most[x + 1] ? high : most[x + 1];
        uint8_t change = high - low;
        uint8_t found = (change >= busy) | (small[x] > bright);
        found = change <= flat ? IN_FLAT : found;
        found = high < black ? IN_BLACK : found;
        out[x] = found;
    }
    for (int x = 0; x < count; x++)
        dark += out[x] == IN_BLACK;
    return dark;
}

static PyObject *look(PyObject *Py_UNUSED(module), PyObject *const *given, Py_ssize_t count)
{
    Py_buffer views[2], *frame = &views[0], *out = &views[1];
    uint8_t limits[4];
    if (count != 6) {
        PyErr_SetString(PyExc_TypeError, "look(frame, out, busy, bright, flat, black)");
        return NULL;
    }
    for (int k = 0; k < 4; k++) {
        long limit = PyLong_AsLong(given[2 + k]);
        if (limit < 0 || limit > UCHAR_MAX) {
            if (!PyErr_Occurred())
                PyErr_SetString(PyExc_ValueError, "a limit is a grey level");
            return NULL;
        }
        limits[k] = (uint8_t)limit;
    }
    if (all_pictures(given, views, 2, 2) < 0)
        return NULL;
    int width = (int)frame->shape[1];
    int rows = (int)((frame->shape[0] + BLOCK - 1) / BLOCK), columns = (width + BLOCK - 1) / BLOCK;
    long dark = 0;
    uint8_t *room = NULL;
    if (!is_of(out, rows, columns))
        PyErr_SetString(PyExc_ValueError, "one byte a block is needed");
    else if ((room = PyMem_Malloc((size_t)(columns + 2) * 5)) == NULL)
        PyErr_NoMemory();
    if (room != NULL) {
        uint8_t *three[3] = {room, room + columns, room + 2 * columns}; /* sampled rows, by their number modulo 3 */
        uint8_t *least = room + 3 * columns + 1, *most = least + columns + 2;
        least[-1] = least[columns] = UCHAR_MAX;
        most[-1] = most[columns] = 0;
        for (int y = 0; y <= rows; y++) {
            if (y < rows) {
                const uint8_t *pixels = (const uint8_t *)frame->buf + (size_t)y * BLOCK * width;
                uint8_t *row = three[y % 3];
                for (int x = 0; x < columns; x++)
                    row[x] = pixels[x * BLOCK];
            }
            if (y == 0)
                continue;
            const uint8_t *middle = three[(y - 1) % 3];
            spread(y > 1 ? three[(y - 2) % 3] : middle, middle, y < rows ? three[y % 3] : middle, least, most, columns);
            dark += judge(middle, least, most, (uint8_t *)out->buf + (size_t)(y - 1) * columns, columns, limits);
        }
        PyMem_Free(room);
    }
    release(views, 2);
    return PyErr_Occurred() ? NULL : PyLong_FromLong(dark);
}

/* --- marking */

/* What is in a row of blocks, each level BLOCK times: `even` holds what lies in plain (low four bits) and busy ones, `odd`
   in flat and black ones. */
AVX2 static void choose(const uint8_t *restrict found, const uint8_t *restrict even, const uint8_t *restrict odd,
                        int8_t *restrict levels, int count)
{
    for (int x = 0; x < count; x++) {
        uint8_t here = found[x], one = even[x], other = odd[x]; /* all three are read, or it is done byte by byte */
        uint8_t both = here & 2 ? other : one;
        uint8_t low = both & 15, high = both >> 4;
        uint8_t four = here & 1 ? high : low;
        levels[x] = (int8_t)((four ^ 8) - 8);
    }
}

AVX2 static void repeat(const int8_t *levels, int8_t *row, int width)
{
    const __m256i pick = _mm256_setr_epi8(0, 0, 0, 0, 1, 1, 1, 1, 2, 2, 2, 2, 3, 3, 3, 3, 4, 4, 4, 4, 5, 5, 5, 5, 6, 6, 6, 6, 7, 7, 7, 7);
    for (int x = 0; x < width; x += WIDE) {
        __m256i eight = _mm256_broadcastsi128_si256(_mm_loadl_epi64((const __m128i *)(levels + x / BLOCK)));
        _mm256_storeu_si256((__m256i *)(row + x), _mm256_shuffle_epi8(eight, pick));
    }
}

/* A level with its top bit turned is the level less 128, as a signed number: what saturates there saturates here. */
AVX2 static inline __m256i moved(__m256i level, __m256i by, const int8_t *text)
{
    const __m256i top = _mm256_set1_epi8((char)0x80);
    __m256i at = _mm256_xor_si256(level, top);
    if (text != NULL)
        at = _mm256_adds_epi8(at, _mm256_loadu_si256((const __m256i *)text));
    return _mm256_xor_si256(_mm256_adds_epi8(at, by), top);
}

AVX2 static void move_row(const uint8_t *from, uint8_t *to, const int8_t *row, const int8_t *text, const uint8_t *lettered, int width)
{
    int x = 0;
    for (; x + WIDE <= width; x += WIDE) {
        __m256i by = _mm256_loadu_si256((const __m256i *)(row + x)), level = _mm256_loadu_si256((const __m256i *)(from + x));
        level = lettered[x / TILE] ? moved(level, by, text + x) : moved(level, by, NULL);
        _mm256_storeu_si256((__m256i *)(to + x), level);
    }
    if (x < width) {
        uint8_t last[WIDE] = {0};
        int8_t said[WIDE] = {0};
        memcpy(last, from + x, width - x);
        memcpy(said, text + x, width - x);
        __m256i level = moved(_mm256_loadu_si256((const __m256i *)last), _mm256_loadu_si256((const __m256i *)(row + x)), said);
        _mm256_storeu_si256((__m256i *)last, level);
        memcpy(to + x, last, width - x);
    }
}

enum { FRAME, OUT, TEXT, LETTERED, FOUND, EVEN, ODD, ALL };

static PyObject *mark(PyObject *Py_UNUSED(module), PyObject *const *given, Py_ssize_t count)
{
    Py_buffer views[ALL];
    if (count != ALL) {
        PyErr_SetString(PyExc_TypeError, "mark(frame, out, text, lettered, found, even, odd)");
        return NULL;
    }
    if (all_pictures(given, views, ALL, 1 << OUT) < 0)
        return NULL;
    int height = (int)views[FRAME].shape[0], width = (int)views[FRAME].shape[1];
    int rows = (height + BLOCK - 1) / BLOCK, columns = (width + BLOCK - 1) / BLOCK, tiles = (width + TILE - 1) / TILE;
    int8_t *levels = NULL;
    if (!is_of(&views[OUT], height, width) || !is_of(&views[TEXT], height, width) || !is_of(&views[LETTERED], rows, tiles) ||
        !is_of(&views[FOUND], rows, columns) || !is_of(&views[EVEN], rows, columns) || !is_of(&views[ODD], rows, columns))
        PyErr_SetString(PyExc_ValueError, "the parts of a mark differ in size");
    else if ((levels = PyMem_Calloc(padded(columns) + WIDE + padded(width), 1)) == NULL)
        PyErr_NoMemory();
    if (levels != NULL) {
        int8_t *row = levels + padded(columns) + WIDE;
        for (int y = 0; y < height; y++) {
            size_t at = (size_t)y * width, block = (size_t)(y / BLOCK) * columns;
            if (y % BLOCK == 0) {
                choose((uint8_t *)views[FOUND].buf + block, (uint8_t *)views[EVEN].buf + block, (uint8_t *)views[ODD].buf + block,
                       levels, columns);
                repeat(levels, row, padded(width));
            }
            move_row((uint8_t *)views[FRAME].buf + at, (uint8_t *)views[OUT].buf + at, row, (int8_t *)views[TEXT].buf + at,
                     (uint8_t *)views[LETTERED].buf + (size_t)(y / BLOCK) * tiles, width);
        }
        PyMem_Free(levels);
    }
    release(views, ALL);
    if (PyErr_Occurred())
        return NULL;
    Py_RETURN_NONE;
}

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
