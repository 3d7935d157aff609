package main

import (
	"errors"

	"github.com/spf13/cobra"
)

func newServe() *cobra.Command {
	var s settings
	var config string
	c := &cobra.Command{
		Use:   "serve",
		Short: "Serve a repository over WebDAV",
		Long: `Serve a repository over WebDAV until interrupted.

Without users it serves everybody on this machine, and nobody else. Every flag
can also stand in the file of --config, as in

    listen = "0.0.0.0:8443"
    tls-self-signed = true
    htpasswd = "users.htpasswd"
    trusted-proxy = ["10.0.0.1", "10.1.0.0/16"]

A flag on the command line goes before the file.`,
		Args: cobra.NoArgs,
	}
	s.register(c.Flags())
	c.Flags().StringVar(&config, "config", "", "TOML file of settings, whose keys are the names of the flags")
	c.RunE = func(c *cobra.Command, _ []string) (err error) {
		if config != "" {
			if err := readConfig(config, c.Flags()); err != nil {
				return err
			}
		}
		log, err := s.logger(c.ErrOrStderr())
		if err != nil {
			return err
		}
		srv, err := newServer(c.Context(), s, log)
		if err != nil {
			return err
		}
		defer func() { err = errors.Join(err, srv.Close()) }()
		s.limits.apply()
		if err := srv.announce(c.OutOrStdout()); err != nil {
			return err
		}
		return srv.Run(c.Context())
	}
	return c
}
