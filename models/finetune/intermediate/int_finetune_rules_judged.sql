-- Every rule that a conversation breaks on its own, whatever its fellows are: one flag
-- for each name in the variable finetune_rules but near_duplicate.
{{ config(materialized='table') }}
{% set cut_off = ['length', 'max_output_tokens', 'max_tokens', 'model_length'] %}
{% set secrets_model = var('finetune_secrets_model') %}

with

dim_conversations as (

    select * from {{ ref('dim_conversations') }}

),

stg_files as (

    select * from {{ ref('stg_files') }}

),

stg_turns as (

    select * from {{ ref('stg_turns') }}

),

int_blocks_measured as (

    select * from {{ ref('int_blocks_measured') }}

),

fct_episodes as (

    select * from {{ ref('fct_episodes') }}

),

fct_steps as (

    select * from {{ ref('fct_steps') }}

),

{% if secrets_model %}
secrets as (

    select distinct conversation_id from {{ ref(secrets_model) }}

),
{% endif %}

turn_places as (

    select
        conversation_id,
        turn_index,
        role,
        body_chars,
        body_sha256,
        lower(stop_reason) as stop_reason,
        coalesce({{ json_field('extra', 'is_copied_context') }} = 'true', false)
            as is_copied,
        row_number() over (
            partition by conversation_id, role order by turn_index
        ) as number_of_role,
        count(*) over (partition by conversation_id, role) as count_of_role,
        lead(role) over (
            partition by conversation_id order by turn_index
        ) as next_role,
        lead(body_sha256) over (
            partition by conversation_id order by turn_index
        ) as next_sha256
    from stg_turns

),

turn_totals as (

    select
        conversation_id,
        cast(sum(body_chars) as bigint) as body_chars,
        bool_or(is_copied) as has_copied_steps,
        bool_or(
            role = 'assistant'
            and coalesce(
                stop_reason in (
                    {%- for reason in cut_off -%}
                    '{{ reason }}'{{ ', ' if not loop.last }}
                    {%- endfor -%}
                ),
                false
            )
        ) as has_truncated_answer,
        bool_or(
            role = 'user'
            and number_of_role = 1
            and coalesce(next_role = 'user' and next_sha256 = body_sha256, false)
        ) as is_first_turn_doubled,
        max(body_sha256) filter (where role = 'user' and number_of_role = 1)
            as first_user_sha256,
        max(body_sha256) filter (where role = 'user' and number_of_role = count_of_role)
            as last_user_sha256
    from turn_places
    group by conversation_id

),

block_totals as (

    select
        conversation_id,
        -- whatever its role: agents put a summary into the mouth of either side
        bool_or(int_blocks_measured.is_context_summary) as has_context_summary,
        bool_or(not int_blocks_measured.is_closed and stg_turns.role = 'assistant')
            as has_unclosed_block
    from int_blocks_measured
    inner join stg_turns using (conversation_id, turn_index)
    group by conversation_id

),

last_exchanges as (

    select
        conversation_id,
        max(exchange_index) as exchange_index
    from fct_steps
    group by conversation_id

),

-- of an earlier exchange, the user has taken up what the agent said of it
open_errors as (

    select
        conversation_id,
        count(*) as open_error_count
    from fct_episodes
    inner join last_exchanges using (conversation_id, exchange_index)
    where fct_episodes.fate in ('cut', 'last')
    group by conversation_id

),

judged as (

    select
        conversation_id,
        coalesce(turn_totals.body_chars, 0) as body_chars,
        dim_conversations.duplicate_of_id is not null as is_exact_duplicate,
        stg_files.licence is null as is_unknown_licence,
        {{ "secrets.conversation_id is not null" if secrets_model else "false" }}
            as is_secret,
        dim_conversations.end_kind not in (
            {%- for kind in var('finetune_end_kinds') -%}
            '{{ kind }}'{{ ', ' if not loop.last }}
            {%- endfor -%}
        )
        or coalesce(not dim_conversations.is_completed, false) as is_incomplete,
        coalesce(turn_totals.has_truncated_answer, false)
        or coalesce(block_totals.has_unclosed_block, false) as is_truncated_answer,
        dim_conversations.malformed_call_count > 0 as is_malformed_call,
        dim_conversations.unknown_tool_call_count > 0 as is_unknown_tool,
        coalesce(block_totals.has_context_summary, false) as is_context_summary,
        coalesce(turn_totals.has_copied_steps, false) as is_copied_steps,
        -- the writer puts the latest prompt of a resumed session first: the order of
        -- what follows is not the order in which it was said
        dim_conversations.user_turn_count >= 3
        and turn_totals.first_user_sha256 = turn_totals.last_user_sha256
            as is_resumed_order,
        dim_conversations.error_count
        > {{ var('finetune_max_error_share') }} * dim_conversations.call_count
            as is_error_share,
        {% if var('finetune_allows_open_errors') -%}
            false
        {%- else -%}
        coalesce(open_errors.open_error_count, 0) > 0
        {%- endif %} as is_open_error,
        dim_conversations.thought_count < {{ var('finetune_min_thoughts') }}
            as is_little_reasoning,
        coalesce(turn_totals.body_chars, 0) > {{ var('finetune_max_chars') }}
            as is_too_long,
        coalesce(turn_totals.is_first_turn_doubled, false) as is_first_turn_doubled
    from dim_conversations
    inner join stg_files using (file_id)
    left join turn_totals using (conversation_id)
    left join block_totals using (conversation_id)
    left join open_errors using (conversation_id)
    {{ "left join secrets using (conversation_id)" if secrets_model }}

)

select * from judged
