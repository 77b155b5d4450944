/* A reader and writer of JSON over UTF-16, enough for HCS's documents. */
#include "service.h"
#include <stdio.h>
#include <stdlib.h>
#include <wchar.h>

#define DEEPEST 64

struct reader { PCWSTR at, start; int depth; struct failure *why; };

static struct json *read_value(struct reader *reader);

static void *unexpected(struct reader *reader, PCWSTR wanted)
{
    fail(reader->why, HCS_INVALID_JSON, L"the document is no JSON: %ls expected at character %d", wanted, (int)(reader->at - reader->start));
    return NULL;
}

static void skip_space(struct reader *reader)
{
    while (*reader->at == ' ' || *reader->at == '\t' || *reader->at == '\r' || *reader->at == '\n') reader->at++;
}

static int hex_digit(WCHAR c)
{
    if (c >= '0' && c <= '9') return c - '0';
    c |= 0x20;
    return c >= 'a' && c <= 'f' ? c - 'a' + 10 : -1;
}

static WCHAR *read_string(struct reader *reader)
{
    struct text text = {0};
    if (*reader->at != '"') return unexpected(reader, L"a string");
    for (reader->at++; *reader->at != '"'; reader->at++) {
        WCHAR c = *reader->at;
        if (c < 0x20) goto broken;
        if (c != '\\') { text_add_char(&text, c); continue; }
        c = *++reader->at;
        switch (c) {
        case '"': case '\\': case '/': break;
        case 'b': c = '\b'; break;
        case 'f': c = '\f'; break;
        case 'n': c = '\n'; break;
        case 'r': c = '\r'; break;
        case 't': c = '\t'; break;
        case 'u':
            c = 0;
            for (int i = 0; i < 4; i++) {
                int digit = hex_digit(reader->at[1]);
                if (digit < 0) goto broken;
                c = (WCHAR)(c << 4 | digit);
                reader->at++;
            }
            break;
        default: goto broken;
        }
        text_add_char(&text, c);
    }
    reader->at++;
    return text_take(&text);
broken:
    free(text.at);
    return unexpected(reader, L"a character of a string");
}

static struct json *read_members(struct reader *reader, struct json *parent, WCHAR end)
{
    struct json **last = &parent->first;
    reader->at++;
    skip_space(reader);
    if (*reader->at == end) { reader->at++; return parent; }
    for (;;) {
        WCHAR *key = NULL;
        skip_space(reader);
        if (end == '}') {
            if (!(key = read_string(reader))) break;
            skip_space(reader);
            if (*reader->at != ':') { free(key); unexpected(reader, L"':'"); break; }
            reader->at++;
        }
        struct json *value = read_value(reader);
        if (!value) { free(key); break; }
        value->key = key;
        *last = value;
        last = &value->next;
        skip_space(reader);
        if (*reader->at == end) { reader->at++; return parent; }
        if (*reader->at != ',') { unexpected(reader, L"',' or the end"); break; }
        reader->at++;
    }
    json_free(parent);
    return NULL;
}

static int read_digits(PCWSTR *at)
{
    PCWSTR from = *at;
    while (**at >= '0' && **at <= '9') (*at)++;
    return *at > from;
}

static WCHAR *read_number(struct reader *reader)
{
    PCWSTR at = reader->at;
    int zero;
    if (*at == '-') at++;
    zero = *at == '0';
    PCWSTR digits = at;
    if (!read_digits(&at) || (zero && at - digits > 1)) return unexpected(reader, L"a value");
    if (*at == '.') { at++; if (!read_digits(&at)) return unexpected(reader, L"a number"); }
    if (*at == 'e' || *at == 'E') {
        at++;
        if (*at == '+' || *at == '-') at++;
        if (!read_digits(&at)) return unexpected(reader, L"a number");
    }
    size_t length = at - reader->at;
    WCHAR *text = take_memory((length + 1) * sizeof(WCHAR));
    memcpy(text, reader->at, length * sizeof(WCHAR));
    reader->at = at;
    return text;
}

static struct json *make(enum json_kind kind)
{
    struct json *value = take_memory(sizeof *value);
    value->kind = kind;
    return value;
}

static struct json *read_word(struct reader *reader, PCWSTR word, enum json_kind kind)
{
    size_t length = wcslen(word);
    if (wcsncmp(reader->at, word, length)) return unexpected(reader, L"a value");
    reader->at += length;
    return make(kind);
}

static struct json *read_value(struct reader *reader)
{
    struct json *value;
    skip_space(reader);
    if (reader->depth >= DEEPEST) return unexpected(reader, L"less depth");
    switch (*reader->at) {
    case '{': case '[':
        reader->depth++;
        value = *reader->at == '{' ? read_members(reader, make(JSON_OBJECT), '}') : read_members(reader, make(JSON_ARRAY), ']');
        reader->depth--;
        return value;
    case 't': return read_word(reader, L"true", JSON_TRUE);
    case 'f': return read_word(reader, L"false", JSON_FALSE);
    case 'n': return read_word(reader, L"null", JSON_NULL);
    default: break;
    }
    int text = *reader->at == '"';
    WCHAR *string = text ? read_string(reader) : read_number(reader);
    if (!string) return NULL;
    value = make(text ? JSON_STRING : JSON_NUMBER);
    value->string = string;
    return value;
}

struct json *json_parse(PCWSTR text, struct failure *why)
{
    struct reader reader = {text, text, 0, why};
    struct json *value = read_value(&reader);
    if (!value) return NULL;
    skip_space(&reader);
    if (!*reader.at) return value;
    json_free(value);
    return unexpected(&reader, L"the end");
}

struct json *json_parse_object(PCWSTR text, struct failure *why)
{
    struct json *value;
    if (!text || !*text) return make(JSON_OBJECT);
    value = json_parse(text, why);
    if (!value || value->kind == JSON_OBJECT) return value;
    json_free(value);
    fail(why, HCS_INVALID_JSON, L"the document must be an object");
    return NULL;
}

void json_free(struct json *value)
{
    while (value) {
        struct json *next = value->next;
        json_free(value->first);
        free(value->key);
        free(value->string);
        free(value);
        value = next;
    }
}

struct json *json_member(const struct json *object, PCWSTR key)
{
    struct json *found = NULL;
    if (!object || object->kind != JSON_OBJECT) return NULL;
    /* The last of two members of the same name wins, as in JavaScript. */
    for (struct json *member = object->first; member; member = member->next)
        if (!wcscmp(member->key, key)) found = member;
    return found;
}

int json_has(const struct json *object, PCWSTR key, enum json_kind kind)
{
    struct json *member = json_member(object, key);
    return member && member->kind == kind;
}

PCWSTR json_string(const struct json *object, PCWSTR key)
{
    return json_has(object, key, JSON_STRING) ? json_member(object, key)->string : L"";
}

int json_true(const struct json *object, PCWSTR key) { return json_has(object, key, JSON_TRUE); }

long long json_number(const struct json *object, PCWSTR key, long long otherwise)
{
    if (json_has(object, key, JSON_NUMBER)) return wcstoll(json_member(object, key)->string, NULL, 10);
    if (json_has(object, key, JSON_STRING)) return wcstoll(json_member(object, key)->string, NULL, 0);
    return otherwise;
}

void json_write(struct text *text, const struct json *value)
{
    static const PCWSTR words[] = {L"null", L"false", L"true"};
    switch (value->kind) {
    case JSON_NULL: case JSON_FALSE: case JSON_TRUE: text_add(text, words[value->kind]); return;
    case JSON_NUMBER: text_add(text, value->string); return;
    case JSON_STRING: text_add_json(text, value->string); return;
    default: break;
    }
    text_add_char(text, value->kind == JSON_OBJECT ? '{' : '[');
    for (struct json *member = value->first; member; member = member->next) {
        if (member != value->first) text_add_char(text, ',');
        if (member->key) { text_add_json(text, member->key); text_add_char(text, ':'); }
        json_write(text, member);
    }
    text_add_char(text, value->kind == JSON_OBJECT ? '}' : ']');
}

void json_set(struct json *object, PCWSTR key, PCWSTR text)
{
    struct failure why;
    struct json *value = json_parse(text, &why), **at = &object->first;
    if (!value) return;
    value->key = copy_string(key);
    while (*at && wcscmp((*at)->key, key)) at = &(*at)->next;
    if (*at) {
        struct json *old = *at;
        value->next = old->next;
        old->next = NULL;
        json_free(old);
    }
    *at = value;
}
