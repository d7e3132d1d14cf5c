/* cv2.resize of INTER_LINEAR, which reckons in 11 bits across, then in 16 down, and drops what is below. */

#include "pictures.h"

#include <math.h>

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

PyObject *enlarge(PyObject *Py_UNUSED(module), PyObject *const *given, Py_ssize_t count)
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
