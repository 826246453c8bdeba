package store

import (
	"context"
	"fmt"
	"log/slog"

	"github.com/dgraph-io/badger/v4"
	"github.com/dgraph-io/badger/v4/options"
)

// badgerOptions is how Badger is run. Every value stays below ValueThreshold and
// so in the tree and its log, whose sync errors reach the committer; an error of
// the value log's sync would only be logged.
func badgerOptions(o CoreOptions) badger.Options {
	b := badger.DefaultOptions(o.Dir).
		WithLogger(logged{o.Log}).
		WithSyncWrites(true).
		WithDetectConflicts(false). // one writer
		WithMetricsEnabled(false).
		WithVerifyValueChecksum(true).
		WithCompactL0OnClose(true).
		WithNumCompactors(2).
		// A block is checked whenever it is read. To check whole tables at the start
		// as well would read all of them into memory before the first person is served.
		WithChecksumVerificationMode(options.OnBlockRead)
	if o.Small {
		return b.WithCompression(options.ZSTD).WithMemTableSize(16 << 20).WithNumMemtables(2).WithNumLevelZeroTables(2).
			WithNumLevelZeroTablesStall(6).WithBlockCacheSize(16 << 20).WithIndexCacheSize(16 << 20).
			WithValueLogFileSize(16 << 20).WithBaseTableSize(2 << 20).WithNumGoroutines(2)
	}
	// Values are sealed and do not shrink; what does is the keys. A node's processor is
	// worth more than that room.
	return b.WithCompression(options.Snappy).WithMemTableSize(64 << 20).WithNumMemtables(3).WithBlockCacheSize(128 << 20).
		WithIndexCacheSize(64 << 20).WithValueLogFileSize(64 << 20).WithBaseTableSize(8 << 20)
}

// logged passes on what Badger complains of, and keeps its chatter for debugging.
type logged struct{ log *slog.Logger }

func (l logged) say(level slog.Level, format string, args []any) {
	if l.log.Enabled(context.Background(), level) {
		l.log.Log(context.Background(), level, "badger", "says", fmt.Sprintf(format, args...))
	}
}

func (l logged) Errorf(f string, a ...any)   { l.say(slog.LevelError, f, a) }
func (l logged) Warningf(f string, a ...any) { l.say(slog.LevelWarn, f, a) }
func (l logged) Infof(f string, a ...any)    { l.say(slog.LevelDebug, f, a) }
func (l logged) Debugf(f string, a ...any)   { l.say(slog.LevelDebug, f, a) }
