-- What a call is about: the first of these arguments that it has, else its command,
-- else all of them. Only calls of tools that also fail in their exchange, for no others
-- are compared. Of a command, the part before ` | ` and redirections of stderr:
-- `pytest -q 2>&1 | tail -3` and `pytest -q | tail -30` try the same.
{{ config(materialized='table') }}
{% set fields = [
    'pattern', 'query', 'path', 'file_path', 'filename', 'file_name', 'file',
    'notebook_path', 'url', 'session_id', 'ref', 'id', 'order_id', 'reservation_id',
    'user_id'
] %}

with

stg_tool_calls as (

    select * from {{ ref('stg_tool_calls') }}

),

int_tool_uses_tried as (

    select * from {{ ref('int_tool_uses_tried') }}

),

calls as (

    select
        conversation_id,
        turn_index,
        block_index,
        stg_tool_calls.arguments,
        stg_tool_calls.arguments_kind,
        stg_tool_calls.arguments_sha256
    from int_tool_uses_tried
    inner join stg_tool_calls using (conversation_id, turn_index, block_index)
    where int_tool_uses_tried.is_of_failing_tool

),

named as (

    select
        conversation_id,
        turn_index,
        block_index,
        coalesce(
            {% for field in fields %}
            nullif({{ json_field('arguments', field) }}, ''){{ ',' if not loop.last }}
            {% endfor %}
        ) as subject,
        coalesce(
            {{ json_field('arguments', 'command') }},
            {{ json_field('arguments', 'cmd') }}
        ) as command
    from calls
    where arguments_kind = 'object'

),

targeted as (

    select
        conversation_id,
        turn_index,
        block_index,
        calls.arguments_sha256,
        coalesce(
            named.subject,
            nullif(
                {{ trim_space(
                    "split_part(split_part(named.command, ' | ', 1), ' 2>', 1)"
                ) }},
                ''
            ),
            calls.arguments_sha256
        ) as call_target
    from calls
    left join named using (conversation_id, turn_index, block_index)

)

select * from targeted
