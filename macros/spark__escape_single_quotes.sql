{#-
    dbt-spark's own leaves backslashes alone, which Spark reads as escapes, and `${…}`, for which
    Spark puts in a variable.
-#}
{%- macro spark__escape_single_quotes(expression) -%}
    {{-
        expression
        | replace('\\', '\\\\') | replace("'", "\\'") | replace('${', '\\u0024{')
    -}}
{%- endmacro -%}
