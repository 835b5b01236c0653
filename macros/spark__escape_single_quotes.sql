{#- dbt-spark's own leaves backslashes alone, and Spark reads them as escapes. -#}
{%- macro spark__escape_single_quotes(expression) -%}
    {{ expression | replace('\\', '\\\\') | replace("'", "\\'") }}
{%- endmacro -%}
