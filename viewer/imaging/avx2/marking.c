/* What hides a mark, of each block of 4 x 4 px by its first pixel and those of the blocks about it; and marking by that. */

#include "pictures.h"

#define BLOCK 4 /* px, of the mark */
#define TILE 64 /* px, along which the visible text is or is not */

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

PyObject *look(PyObject *Py_UNUSED(module), PyObject *const *given, Py_ssize_t count)
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

PyObject *mark(PyObject *Py_UNUSED(module), PyObject *const *given, Py_ssize_t count)
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
