{%- macro json_field(json, key) -%}
    {{ return(adapter.dispatch('json_field', 'tracehouse')(json, key)) }}
{%- endmacro -%}

{%- macro default__json_field(json, key) -%}
    json_extract_string({{ json }}, '$."{{ key }}"')
{%- endmacro -%}

{%- macro spark__json_field(json, key) -%}
    get_json_object({{ json }}, "$['{{ key }}']")
{%- endmacro -%}
