{#
    A text value as a SQL literal, quoted and escaped for the engine; none is `null`. A line break in it is written as an
    escape: SQL is indented when it is put together, which would change the text after a break.
-#}
{%- macro literal(value) -%}
    {%- if value is none or value is undefined -%}
        {{ return('null') }}
    {%- endif -%}
    {%- set text = value | string -%}
    {%- if '\\' in text and baton.text_escapes() == 'always' -%}
        {%- set text = text | replace('\\', '\\\\') -%}
    {%- endif -%}
    {%- set quoted = "'%s'" | format(dbt.escape_single_quotes(text) if "'" in text else text) -%}
    {{ return(quoted if text.splitlines() == [text] else baton.without_line_breaks(text, quoted)) }}
{%- endmacro -%}

{#- The literal of a text, as it is where the text has no line break. -#}
{%- macro without_line_breaks(text, literal) -%}
    {%- if not baton.has_line_break(text) -%}
        {{ return(literal) }}
    {%- elif baton.text_escapes() == 'always' -%}
        {{ return(baton.escaped_line_breaks(literal)) }}
    {%- elif baton.text_escapes() == 'prefixed' -%}
        {{ return('E%s' | format(baton.escaped_line_breaks(literal | replace('\\', '\\\\')))) }}
    {%- endif -%}
    {%- set breaks = baton._line_breaks() -%}
    {%- set parts = [] -%}
    {%- for part in modules.re.split('([%s])' | format(breaks | join), text) if part -%}
        {%- do parts.append('chr(%s)' | format(breaks[part].code) if part in breaks else baton.literal(part)) -%}
    {%- endfor -%}
({{ parts | join(' || ') }})
{%- endmacro -%}


{#- Whether a text has a character at which Python, and so the filter `indent`, ends a line. -#}
{%- macro has_line_break(text) -%}
    {{ return(text != '' and text.splitlines() != [text]) }}
{%- endmacro -%}

{#- Line breaks as escapes. -#}
{%- macro escaped_line_breaks(text) -%}
    {%- set escaped = namespace(text=text) -%}
    {%- for character, written in baton._line_breaks().items() if character in text -%}
        {%- set in_hex = '\\u%04X' | format(written.code) if baton.text_escapes() == 'always' else written.bytes -%}
        {%- set escaped.text = escaped.text | replace(character, written.short or in_hex) -%}
    {%- endfor -%}
    {{ return(escaped.text) }}
{%- endmacro -%}

{#- The characters that end a line, and how a literal with escapes has them. -#}
{%- macro _line_breaks() -%}
    {{ return({
        '\n': dict(code=10, short='\\n'),
        '\r': dict(code=13, short='\\r'),
        '\x0b': dict(code=11, bytes='\\x0B'),
        '\x0c': dict(code=12, bytes='\\x0C'),
        '\x1c': dict(code=28, bytes='\\x1C'),
        '\x1d': dict(code=29, bytes='\\x1D'),
        '\x1e': dict(code=30, bytes='\\x1E'),
        '\x85': dict(code=133, bytes='\\xC2\\x85'),
        '\u2028': dict(code=8232, bytes='\\xE2\\x80\\xA8'),
        '\u2029': dict(code=8233, bytes='\\xE2\\x80\\xA9'),
    }) }}
{%- endmacro -%}
