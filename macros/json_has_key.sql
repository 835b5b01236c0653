{%- macro json_has_key(json, key) -%}
    {{ return(adapter.dispatch('json_has_key', 'tracehouse')(json, key)) }}
{%- endmacro -%}

{%- macro default__json_has_key(json, key) -%}
    coalesce(json_exists({{ json }}, '$."{{ key }}"'), false)
{%- endmacro -%}

{%- macro spark__json_has_key(json, key) -%}
    coalesce(array_contains(json_object_keys({{ json }}), '{{ key }}'), false)
{%- endmacro -%}
