package main

import (
	"errors"
	"fmt"
	"io"
	"log/slog"
	"time"

	"github.com/spf13/cobra"
	"github.com/spf13/pflag"

	"github.com/quiredav/quire/repo"
)

func repoFlag(f *pflag.FlagSet, dir *string) {
	f.StringVar(dir, "repo", defaultRepo, "directory of the repository")
}

// upkeep is a command on the repository of --repo, which may be in use.
func upkeep(use, short string, args cobra.PositionalArgs, do func(*cobra.Command, *storage, []string) error) *cobra.Command {
	var dir string
	c := &cobra.Command{Use: use, Short: short, Args: args}
	c.RunE = func(c *cobra.Command, args []string) (err error) {
		log := slog.New(slog.NewTextHandler(c.ErrOrStderr(), nil))
		s, err := existingStorage(c.Context(), dir, repo.Options{Logger: log, NoReclaim: true})
		if err != nil {
			return err
		}
		defer func() { err = errors.Join(err, s.Close()) }()
		return do(c, s, args)
	}
	repoFlag(c.Flags(), &dir)
	return c
}

func newFsck() *cobra.Command {
	var quick bool
	c := upkeep("fsck", "Check that a repository is whole, down to the last byte", cobra.NoArgs,
		func(c *cobra.Command, s *storage, _ []string) error {
			return fsck(c, s, repo.FsckOptions{SkipContent: quick}, c.OutOrStdout())
		})
	c.Flags().BoolVar(&quick, "quick", false, "don't read what is in the blobs")
	return c
}

// fsck prints the problems to w, and fails if there are any.
func fsck(c *cobra.Command, s *storage, o repo.FsckOptions, w io.Writer) error {
	problems := 0
	stats, err := s.Fsck(c.Context(), o, func(p repo.Problem) {
		problems++
		fmt.Fprintln(w, p)
	})
	switch {
	case err != nil:
		return fmt.Errorf("the check could not be done: %w", err)
	case problems > 0:
		return fmt.Errorf("the repository is damaged: %s", count(int64(problems), "problem"))
	}
	fmt.Fprintf(w, "whole: %s, %s, %s, %s\n", count(stats.Resources, "resource"), count(stats.Blobs, "blob"),
		count(stats.Properties, "dead property"), count(stats.Locks, "lock"))
	if stats.Garbage+stats.Orphans > 0 {
		fmt.Fprintf(w, "not yet reclaimed, or being uploaded: %s, %s\n", count(stats.Orphans, "resource"), count(stats.Garbage, "blob"))
	}
	return nil
}

func newGC() *cobra.Command {
	var grace time.Duration
	c := upkeep("gc", "Remove what crashes and deletions left behind", cobra.NoArgs,
		func(c *cobra.Command, s *storage, _ []string) error {
			if grace <= 0 {
				return errors.New("grace must be more than 0")
			}
			stats, err := s.GC(c.Context(), repo.GCOptions{Grace: grace})
			if err != nil {
				return err
			}
			fmt.Fprintf(c.OutOrStdout(), "reclaimed: %s, %s; garbage: %s, %d bytes\n",
				count(int64(stats.Resources), "resource"), count(int64(stats.Blobs), "blob"),
				count(int64(stats.Garbage), "blob"), stats.GarbageBytes)
			if stats.Young > 0 {
				fmt.Fprintf(c.OutOrStdout(), "left alone: %s that may be uploads under way\n", count(int64(stats.Young), "blob"))
			}
			return nil
		})
	c.Flags().DurationVar(&grace, "grace", time.Hour, "how long an unfinished upload may stand still before it is garbage")
	return c
}

// count is a number with its noun, as in "2 properties".
func count(n int64, noun string) string {
	if n != 1 {
		if stem, ok := cutY(noun); ok {
			noun = stem + "ies"
		} else {
			noun += "s"
		}
	}
	return fmt.Sprintf("%d %s", n, noun)
}

func cutY(noun string) (string, bool) {
	last := len(noun) - 1
	return noun[:last], noun[last] == 'y'
}
