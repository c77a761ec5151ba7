#include "safetensors_help.h"

#include "../cmocka_all.h"

#include <string.h>

gd_safetensors *open_file(const char *path)
{
    gd_safetensors *f = gd_safetensors_open(path);
    if (f == NULL)
        fail_msg("%s", gd_message());
    return f;
}

size_t make_file(char *bytes, const char *header, long length, size_t elements)
{
    size_t size = length < 0 ? strlen(header) : (size_t)length;
    for (int i = 0; i < 8; ++i)
        bytes[i] = (char)(size >> 8 * i);
    memcpy(bytes + 8, header, size);
    memset(bytes + 8 + size, 2, elements);
    return 8 + size + elements;
}

const gd_metadata texts[TEXTS] = {{"architecture", "mlp 2 3 1"},
                                  {"format", "np"},
                                  {"note", "two\nlines, \"quotes\" \\ and \t"},
                                  {"größe", "√2 — 𝄞"},
                                  {"empty", ""}};

gd_status save_again(const gd_safetensors *f)
{
    gd_named_tensor tensors[32];
    int n = gd_safetensors_count(f);
    assert_true(n <= 32);
    for (int i = 0; i < n; ++i)
        tensors[i] = (gd_named_tensor){gd_safetensors_name(f, i), gd_safetensors_at(f, i)};
    return gd_safetensors_save(T, n, tensors, TEXTS, texts);
}
