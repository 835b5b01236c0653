-- Times are UTC without a zone, as in every model.
with

conversations as (

    select * from {{ source('parquet', 'conversations') }}

),

typed as (

    select
        conversation_id,
        dataset,
        source,
        source_id,
        model,
        model_from,
        category,
        subcategory,
        task,
        task_id,
        trial_index,
        prompt_group_id,
        toolset_id,
        turn_count,
        is_completed,
        cast(started_at as timestamp) as started_at,
        outcome_name,
        outcome_score,
        extra,
        content_sha256,
        file_id,
        record_index
    from conversations

)

select * from typed
