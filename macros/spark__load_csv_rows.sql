{#- dbt-spark's own binds values with their quotes unescaped and writes what is empty as `None`. -#}
{%- macro spark__load_csv_rows(model, agate_table) -%}
    {%- set types = model['config'].get('column_types', {}) -%}
    {%- set statements = [] -%}
    {%- for chunk in agate_table.rows | batch(get_batch_size()) -%}
        {%- set statement -%}
            insert into {{ this.render() }} values
            {%- for row in chunk %}
                (
                {%- for name in agate_table.column_names -%}
                    {%- set value = row[name] -%}
                    cast(
                        {%- if value is none -%}
                            null
                        {%- else -%}
                            '{{ spark__escape_single_quotes(value | string) }}'
                        {%- endif %} as {{ types.get(name, 'string') }}
                    )
                    {%- if not loop.last %}, {% endif -%}
                {%- endfor -%}
                )
                {%- if not loop.last %},{% endif -%}
            {%- endfor -%}
        {%- endset -%}
        {%- do adapter.add_query(statement, abridge_sql_log=True) -%}
        {%- do statements.append(statement) -%}
    {%- endfor -%}
    {{ return(statements | first) }}
{%- endmacro -%}
