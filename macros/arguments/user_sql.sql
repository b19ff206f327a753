{#
    Conditions and expressions that users write.
#}

{#-
    A user's condition or expression as it goes into the SQL of a macro: without comments, which would swallow what comes after
    them; with line breaks in texts as escapes, which indentation would change; in parentheses where it has an `or`, so that it
    means the same beside an `and`. `expect_sql` checks it first.
-#}
{%- macro user_sql(text) -%}
    {%- set read = baton.read_sql(text | string) -%}
    {{ return('(%s)' | format(read.sql) if read.has_or else read.sql) }}
{%- endmacro -%}


{#-
    The `sql` of a text without its comments, whether an `or` stands outside of all brackets (`has_or`), and why it cannot be
    one expression (`faults`).
-#}
{%- macro read_sql(text) -%}
    {%- set parts, open, faults = [], [], [] -%}
    {%- set seen = namespace(has_or=false) -%}
    {%- set opening = {')': '(', ']': '[', '}': '{'} -%}
    {%- for token in modules.re.findall(baton._sql_token(), text) -%}
        {%- set kind = token[:2] if token[:2] in ('--', '/*', '*/', '$$') else token[0] -%}
        {%- if token in ("'", '"', '`', '/*', '$$') -%}
            {%- do faults.append('%s is not closed' | format(token)) -%}
        {%- elif kind == '*/' -%}
            {%- do faults.append('*/ has no matching /*: comments cannot be nested') -%}
        {%- elif kind == '$' and token | length > 1 -%}
            {%- do faults.append("text in %s is not supported, write it in '...'" | format(token)) -%}
        {%- elif kind in opening.values() -%}
            {%- do open.append(kind) -%}
        {%- elif kind in opening and (not open or open.pop() != opening[kind]) -%}
            {%- do faults.append('%s closes nothing' | format(kind)) -%}
        {%- elif kind in ',;' and not open -%}
            {%- do faults.append('%s is outside of brackets' | format(kind)) -%}
        {%- elif token | lower == 'or' and not open -%}
            {%- set seen.has_or = true -%}
        {%- elif kind in '"`' and baton.has_line_break(token) -%}
            {%- do faults.append('a quoted name contains a line break') -%}
        {%- elif token == '""' and baton.text_escapes() != 'always' -%}
            {%- do faults.append('a quoted name is empty') -%}
        {%- endif -%}
        {%- do parts.append(
            ' ' if kind in ('--', '/*')
            else baton.literal(token[2:-2]) if kind == '$$' and baton.has_line_break(token)
            else baton.without_line_breaks(token[1:-1] | replace("''", "'"), token) if kind == "'"
            else baton.escaped_line_breaks(token) if token[:2] | lower == "e'"
            else token
        ) -%}
    {%- endfor -%}
    {%- set sql = parts | join | trim -%}
    {%- if open -%}
        {%- do faults.append('%s is not closed' | format(open[-1])) -%}
    {%- elif not sql -%}
        {%- do faults.append('it is empty') -%}
    {%- endif -%}
    {{ return(dict(sql=sql, has_or=seen.has_or, faults=faults)) }}
{%- endmacro -%}


{#- What SQL consists of: comments, texts, quoted names, words, blanks, and characters by themselves. -#}
{%- macro _sql_token() -%}
    {%- set text = "'(?:[^']|'')*'" -%}
    {%- set escaped_text = "'(?:[^'\\\\]|\\\\[\\s\\S]|'')*'" -%}
    {%- set name = '"(?:[^"]|"")*"' -%}
    {%- set escaped_name = '"(?:[^"\\\\]|\\\\[\\s\\S]|"")*"' -%}
    {%- set comments = ['--[^\r\n]*', '/\\*[^*]*\\*+(?:[^/*][^*]*\\*+)*/', '/\\*', '\\*/'] -%}
    {%- set texts = dict(
        always=[escaped_text, escaped_name],
        prefixed=['[eE]%s' | format(escaped_text), text, name],
        never=[text, name],
    )[baton.text_escapes()] -%}
    {%- set dollar_texts = ['\\$\\$[\\s\\S]*?\\$\\$', '\\$\\$', '\\$[A-Za-z_]\\w*\\$'] -%}
    {{ return((comments + texts + ['`[^`]*`'] + dollar_texts + ['\\w[\\w$]*', '\\s+', '[\\s\\S]']) | join('|')) }}
{%- endmacro -%}
