package lifecycles

import (
	"context"
	"fmt"

	wheelhouse "github.com/wheelhouse/wheelhouse/client/go"
)

// Database is what a migration moves; yours.
type Database interface {
	Schema(ctx context.Context) (int, error)
	BackUp(ctx context.Context, name string) error
	Migrate(ctx context.Context, to int) error
	Restore(ctx context.Context, name string) error
}

// DataMigration backs the data up, moves it, and puts the backup back when the deploy fails. A call that was interrupted
// looks whether it was done, so that no data moves twice.
type DataMigration struct {
	wheelhouse.Base
	Database Database
}

type migrationInput struct {
	Schema int `json:"schema"` // to migrate to
}

// Effect: the migration looks first; a backup may be put back twice.
func (m DataMigration) Effect(stage wheelhouse.Stage) wheelhouse.Effect {
	if stage == wheelhouse.PreExec {
		return wheelhouse.Checkable
	}
	return wheelhouse.Repeatable
}

// PreExec migrates.
func (m DataMigration) PreExec(ctx context.Context, chart *wheelhouse.Chart) error {
	var input migrationInput
	if err := chart.Input(&input); err != nil {
		return err
	}
	before, err := m.Database.Schema(ctx)
	if err != nil {
		return err
	}
	if before == input.Schema { // also when it was interrupted after it was done
		chart.Done(fmt.Sprintf("schema %d is there", before))
		return nil
	}
	// The id is the same for every attempt: one backup, of the data before the first.
	if err := m.Database.BackUp(ctx, chart.ID); err != nil {
		return err
	}
	chart.SetPayload("backup", chart.ID)
	chart.Done(fmt.Sprintf("migrated from %d to %d", before, input.Schema))
	return m.Database.Migrate(ctx, input.Schema)
}

// OnDeployFailure puts the data back.
func (m DataMigration) OnDeployFailure(ctx context.Context, chart *wheelhouse.Chart) error {
	backup, migrated := chart.Payload("backup")
	if !migrated {
		chart.Done("nothing was migrated")
		return nil
	}
	chart.Done("restored " + backup)
	return m.Database.Restore(ctx, backup)
}
