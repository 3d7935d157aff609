package main

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"net"
	"net/http"
	"os"
	"sync"
	"time"

	"github.com/quiredav/quire/auth"
	"github.com/quiredav/quire/davserver"
)

// server is one Quire that serves: what newServer made ready, Run runs and
// Close gives back.
type server struct {
	settings settings
	log      *slog.Logger

	lock     *os.File
	storage  *storage
	users    *auth.Users  // nil without users
	cert     *certificate // nil without TLS
	listener net.Listener
	handler  http.Handler

	// serving is held for reading by every request under way, and for writing
	// from the moment when no more may begin.
	serving sync.RWMutex
}

// newServer opens the repository and listens. Nothing is served before Run.
func newServer(ctx context.Context, s settings, log *slog.Logger) (_ *server, err error) {
	srv := &server{settings: s, log: log}
	defer func() {
		if err != nil {
			err = errors.Join(err, srv.Close())
		}
	}()
	if err := s.check(); err != nil {
		return nil, err
	}
	if len(s.users) > 0 || s.htpasswd != "" {
		if srv.users, err = auth.NewUsers(s.users, s.htpasswd, log); err != nil {
			return nil, err
		}
	}
	if err := srv.listen(ctx); err != nil {
		return nil, err
	}
	if err := makeDir(s.repo); err != nil {
		return nil, err
	}
	if srv.lock, err = lockForServing(s.repo); err != nil {
		return nil, err
	}
	if srv.cert, err = s.openCertificate(); err != nil {
		return nil, err
	}
	if srv.storage, err = createStorage(ctx, s.repo, s.limits.repository(log)); err != nil {
		return nil, err
	}
	if srv.handler, err = srv.newHandler(); err != nil {
		return nil, err
	}
	return srv, nil
}

// listen binds the address, if the settings make it safe to.
func (s *server) listen(ctx context.Context) error {
	var lc net.ListenConfig
	l, err := lc.Listen(ctx, "tcp", s.settings.listen)
	if err != nil {
		return fmt.Errorf("listening on %s: %w", s.settings.listen, err)
	}
	s.listener = limitConnections(l, s.settings.limits.maxConnections)
	if l.Addr().(*net.TCPAddr).IP.IsLoopback() {
		return nil
	}
	st := &s.settings
	switch {
	case s.users == nil && !st.anonymous:
		return fmt.Errorf("%s can be reached from other machines: say who may log in (--user, --htpasswd), or that everybody may come in (--anonymous)", st.listen)
	case s.users != nil && !s.users.HasSecrets() && !st.tls() && !st.insecureBasic && len(st.trustedProxies) == 0:
		return fmt.Errorf("%s can be reached from other machines, and passwords from a htpasswd file need TLS: give --tls-cert and --tls-key, --tls-self-signed, the --trusted-proxy that speaks TLS, or --insecure-basic", st.listen)
	}
	return nil
}

func (s *settings) openCertificate() (*certificate, error) {
	switch {
	case s.tlsSelfSigned:
		host, _, _ := net.SplitHostPort(s.listen)
		return openSelfSigned(s.repo, host, time.Now())
	case s.tlsCert != "":
		return openCertificate(s.tlsCert, s.tlsKey)
	}
	return nil, nil
}

// newHandler stacks what a request goes through: the log, the watch over its
// progress, who asks, and then WebDAV.
func (s *server) newHandler() (http.Handler, error) {
	st := &s.settings
	public, err := st.public()
	if err != nil {
		return nil, err
	}
	proxies, err := st.proxies()
	if err != nil {
		return nil, err
	}
	guard := auth.Options{
		Anonymous:      st.anonymous,
		InsecureBasic:  st.insecureBasic,
		TrustedProxies: proxies,
		ProxyTLS:       public != nil && public.Scheme == "https",
		Logger:         s.log,
	}
	if s.users != nil {
		guard.Passwords = s.users
	}
	if proxies == nil {
		proxies = auth.Loopback()
	}
	var h http.Handler = davserver.New(s.storage, davserver.Options{
		Prefix:         st.prefix,
		PublicURL:      public,
		TrustedProxies: proxies,
		Logger:         s.log,
		Limits:         st.limits.dav(),
	})
	a := auth.New(notePrincipal(h), guard)
	h = cutStalled(st.limits.stallTimeout, a)
	h = linger(lingerTimeout, h)
	return accessLog(s.log, time.Now, a.Client, s.whileServing(h)), nil
}

// whileServing lets requests begin until the server stops.
func (s *server) whileServing(next http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if !s.serving.TryRLock() {
			http.Error(w, "the server is stopping", http.StatusServiceUnavailable)
			return
		}
		defer s.serving.RUnlock()
		next.ServeHTTP(w, r)
	})
}

// Run serves until ctx ends, and then lets the requests under way finish, but
// not for longer than the drain timeout.
func (s *server) Run(ctx context.Context) error {
	l := &s.settings.limits
	requests, cut := context.WithCancel(context.WithoutCancel(ctx))
	defer cut()
	hs := &http.Server{
		Handler:           s.handler,
		ReadHeaderTimeout: l.headerTimeout,
		IdleTimeout:       l.idleTimeout,
		// OPTIONS * is answered like any other OPTIONS.
		DisableGeneralOptionsHandler: true,
		MaxHeaderBytes:               int(l.maxHeader),
		ErrorLog:                     slog.NewLogLogger(s.log.Handler(), slog.LevelWarn),
		BaseContext:                  func(net.Listener) context.Context { return requests },
	}
	ended := make(chan error, 1)
	if s.cert != nil {
		hs.TLSConfig = s.cert.config()
		go func() { ended <- hs.ServeTLS(s.listener, "", "") }()
	} else {
		go func() { ended <- hs.Serve(s.listener) }()
	}
	select {
	case err := <-ended:
		return err
	case <-ctx.Done():
	}
	s.log.Info("stopping")
	drain, done := context.WithTimeout(requests, l.drainTimeout)
	defer done()
	if err := hs.Shutdown(drain); err != nil {
		s.log.Warn("requests under way were cut off", "after", l.drainTimeout)
		cut()
		hs.Close()
	}
	<-ended
	s.serving.Lock() // for good: the storage is about to close
	s.log.Info("stopped")
	return nil
}

// Close gives back what newServer took.
func (s *server) Close() error {
	var errs []error
	if s.listener != nil {
		if err := s.listener.Close(); !errors.Is(err, net.ErrClosed) {
			errs = append(errs, err)
		}
	}
	if s.storage != nil {
		errs = append(errs, s.storage.Close())
	}
	if s.lock != nil {
		errs = append(errs, s.lock.Close())
	}
	return errors.Join(errs...)
}
