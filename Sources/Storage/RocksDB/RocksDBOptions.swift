import CRocksDB

/// The engine's settings, with the reason for each that is not the default. Figures are of Debian's librocksdb 7.8.
enum RocksDBOptions {
    /// Options of the database as a whole.
    static func database() -> OpaquePointer? {
        let options = rocksdb_options_create()
        rocksdb_options_set_create_if_missing(options, 1)
        rocksdb_options_set_create_missing_column_families(options, 1)
        rocksdb_options_set_paranoid_checks(options, 1)
        // A torn record at the very end of the log is what a crash leaves; damage before it is refused.
        rocksdb_options_set_wal_recovery_mode(options, Int32(rocksdb_tolerate_corrupted_tail_records_recovery))
        rocksdb_options_set_max_open_files(options, 512)
        rocksdb_options_set_max_background_jobs(options, 2)
        rocksdb_options_set_max_total_wal_size(options, 64 << 20)
        rocksdb_options_set_keep_log_file_num(options, 3)
        rocksdb_options_set_max_log_file_size(options, 1 << 20)
        rocksdb_options_set_stats_dump_period_sec(options, 0)
        // Fatal only. The engine's own log lies beside the data: on a full disk a line of it fails, and the next one
        // aborts the process by an assertion of the log file's writer, where it should have gone on without the line.
        rocksdb_options_set_info_log_level(options, 4)
        return options
    }

    /// Blocks of all families that were read: 32 MiB, in four parts. What is larger than a part is never kept, and by itself
    /// the engine makes 64 parts of it.
    static func cache() -> OpaquePointer? {
        let options = rocksdb_lru_cache_options_create()
        defer { rocksdb_lru_cache_options_destroy(options) }
        rocksdb_lru_cache_options_set_capacity(options, 32 << 20)
        rocksdb_lru_cache_options_set_num_shard_bits(options, 2)
        return rocksdb_cache_create_lru_opts(options)
    }

    /// Options of a family of small records, read by key.
    static func records(cache: OpaquePointer?) -> OpaquePointer? {
        let options = database()
        rocksdb_options_set_write_buffer_size(options, 8 << 20)
        rocksdb_options_set_compression(options, Int32(rocksdb_lz4_compression))
        setTable(of: options, cache: cache)
        return options
    }

    private static func setTable(of options: OpaquePointer?, cache: OpaquePointer?) {
        let table = rocksdb_block_based_options_create()
        // The factory takes a copy.
        defer { rocksdb_block_based_options_destroy(table) }
        // The table options own the filter policy.
        rocksdb_block_based_options_set_filter_policy(table, rocksdb_filterpolicy_create_bloom_full(10))
        rocksdb_block_based_options_set_block_cache(table, cache)
        rocksdb_block_based_options_set_cache_index_and_filter_blocks(table, 1)
        // Filters and indexes in pieces: those of a large table have megabytes, and would push everything else out.
        rocksdb_block_based_options_set_index_type(
            table, Int32(rocksdb_block_based_table_index_type_two_level_index_search))
        rocksdb_block_based_options_set_partition_filters(table, 1)
        rocksdb_block_based_options_set_cache_index_and_filter_blocks_with_high_priority(table, 1)
        rocksdb_block_based_options_set_pin_top_level_index_and_filter(table, 1)
        rocksdb_options_set_block_based_table_factory(options, table)
    }
}
