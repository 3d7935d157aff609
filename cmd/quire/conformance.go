package main

import (
	"errors"
	"fmt"
	"strings"

	"github.com/spf13/cobra"

	"github.com/quiredav/quire/davtest"
)

func newConformance() *cobra.Command {
	var (
		config  davtest.Config
		users   []string
		verbose bool
	)
	c := &cobra.Command{
		Use:   "conformance URL",
		Short: "Judge any WebDAV server by the requirements of the RFCs",
		Long: `Judge any WebDAV server by the requirements of the RFCs.

URL is a collection that the suite may write in. Every case works in a fresh
collection below it, which it removes afterwards. Cases that need a second user
are left out unless --user is given twice.

The exit status is 0 if no MUST is broken.`,
		Args: cobra.ExactArgs(1),
		RunE: func(c *cobra.Command, args []string) error {
			config.URL = args[0]
			if len(users) > 2 {
				return errors.New("at most two users")
			}
			for i, to := range []*[2]*string{{&config.User, &config.Password}, {&config.User2, &config.Password2}}[:len(users)] {
				name, password, ok := strings.Cut(users[i], ":")
				if !ok || name == "" {
					return errors.New("--user wants NAME:PASSWORD")
				}
				*to[0], *to[1] = name, password
			}
			report, err := davtest.Run(c.Context(), config)
			if err != nil {
				return err
			}
			if err := report.WriteText(c.OutOrStdout(), verbose); err != nil {
				return err
			}
			if n := len(report.Breaches()); n > 0 {
				return fmt.Errorf("%s broken", count(int64(n), "MUST"))
			}
			return nil
		},
	}
	c.Flags().StringArrayVar(&users, "user", nil, "NAME:PASSWORD of the user to sign in as; again for a second one")
	c.Flags().StringSliceVar(&config.Only, "only", nil, "requirement IDs (PF-06) or areas (PF) to judge alone")
	c.Flags().StringVar(&config.SmallQuota, "small-quota", "", "path of a collection with a quota under a MiB, which the suite may use up")
	c.Flags().BoolVar(&verbose, "verbose", false, "show what was sent and seen for every case that did not pass")
	return c
}
