package main

import (
	"errors"
	"fmt"
	"text/tabwriter"

	"github.com/spf13/cobra"

	"github.com/quiredav/quire/dav"
)

func newQuota() *cobra.Command {
	c := &cobra.Command{
		Use:   "quota",
		Short: "Bound what collections and users may hold",
		Long: `Bound how many bytes there may be below a collection, or how many a user may
own: what that one stored, wherever it is. Where several quotas apply all of
them hold. What is there already stays, also if it is more than a new quota.

These commands may run while the repository is served, and take effect at once.`,
	}
	c.AddCommand(newQuotaSet(), newQuotaRemove(), newQuotaList())
	return c
}

// quotaTarget is what a quota is for: one of a path, a user, or all users that
// have none of their own.
type quotaTarget struct {
	path   dav.Path
	user   string
	others bool
}

func (t *quotaTarget) register(c *cobra.Command) {
	c.Flags().StringVar(&t.user, "user", "", "the quota is this user's")
	c.Flags().BoolVar(&t.others, "other-users", false, "the quota is that of every user who has none")
}

// parse takes the path off args if there are no flags, and gives the rest.
func (t *quotaTarget) parse(args []string, rest int) ([]string, error) {
	switch {
	case t.user != "" && t.others:
		return nil, errors.New("give either --user or --other-users, not both")
	case t.user != "" || t.others:
		if len(args) != rest {
			return nil, errors.New("give a path, --user or --other-users, just one of them")
		}
		return args, nil
	case len(args) != rest+1:
		return nil, errors.New("say for what: a path such as /projects, --user NAME or --other-users")
	}
	p, err := dav.ParsePath(args[0])
	if err != nil {
		return nil, fmt.Errorf("%q is not a path such as /projects: %w", args[0], err)
	}
	t.path = p
	return args[1:], nil
}

func newQuotaSet() *cobra.Command {
	var t quotaTarget
	c := upkeep("set (PATH | --user NAME | --other-users) SIZE", "Set the quota of a collection or of users", cobra.MaximumNArgs(2),
		func(c *cobra.Command, s *storage, args []string) error {
			args, err := t.parse(args, 1)
			if err != nil {
				return err
			}
			var bytes size
			if err := bytes.Set(args[0]); err != nil {
				return err
			}
			if t.path != "" {
				return s.SetQuota(c.Context(), t.path, int64(bytes))
			}
			return s.SetOwnerQuota(c.Context(), t.user, int64(bytes))
		})
	c.Example = `  quire quota set /projects 10GiB
  quire quota set --user ann 5GiB
  quire quota set --other-users 500MiB`
	t.register(c)
	return c
}

func newQuotaRemove() *cobra.Command {
	var t quotaTarget
	c := upkeep("remove (PATH | --user NAME | --other-users)", "Remove the quota of a collection or of users", cobra.MaximumNArgs(1),
		func(c *cobra.Command, s *storage, args []string) error {
			if _, err := t.parse(args, 0); err != nil {
				return err
			}
			if t.path != "" {
				return s.RemoveQuota(c.Context(), t.path)
			}
			return s.RemoveOwnerQuota(c.Context(), t.user)
		})
	t.register(c)
	return c
}

func newQuotaList() *cobra.Command {
	return upkeep("list", "List the quotas, and what is used of them", cobra.NoArgs,
		func(c *cobra.Command, s *storage, _ []string) error {
			collections, owners, err := s.Quotas(c.Context())
			if err != nil {
				return err
			}
			w := tabwriter.NewWriter(c.OutOrStdout(), 0, 0, 2, ' ', 0)
			fmt.Fprintln(w, "QUOTA OF\tBYTES\tUSED")
			for _, q := range collections {
				fmt.Fprintf(w, "%s\t%d\t%d\n", q.Path, q.Bytes, q.Used)
			}
			for _, q := range owners {
				if q.Owner == "" {
					fmt.Fprintf(w, "other users\t%d\t-\n", q.Bytes)
				} else {
					fmt.Fprintf(w, "user %s\t%d\t%d\n", q.Owner, q.Bytes, q.Used)
				}
			}
			return w.Flush()
		})
}
