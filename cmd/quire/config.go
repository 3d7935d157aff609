package main

import (
	"errors"
	"fmt"
	"maps"
	"slices"

	"github.com/BurntSushi/toml"
	"github.com/spf13/pflag"
)

// readConfig sets the flags that the TOML file at path names and the command
// line doesn't. A repeatable flag takes an array.
func readConfig(path string, flags *pflag.FlagSet) error {
	var content map[string]any
	if _, err := toml.DecodeFile(path, &content); err != nil {
		if p, ok := errors.AsType[toml.ParseError](err); ok {
			return fmt.Errorf("%s:%d: %s", path, p.Position.Line, p.Message)
		}
		return fmt.Errorf("reading the settings: %w", err)
	}
	for _, key := range slices.Sorted(maps.Keys(content)) {
		flag := flags.Lookup(key)
		if flag == nil || key == "config" || key == "help" {
			return fmt.Errorf("%s: there is no setting called %q", path, key)
		}
		if flag.Changed {
			continue
		}
		if err := setFlag(flag, content[key]); err != nil {
			return fmt.Errorf("%s: %s: %w", path, key, err)
		}
	}
	return nil
}

func setFlag(flag *pflag.Flag, value any) error {
	list, repeatable := flag.Value.(pflag.SliceValue)
	if !repeatable {
		text, err := scalar(value)
		if err != nil {
			return err
		}
		return flag.Value.Set(text)
	}
	values, ok := value.([]any)
	if !ok {
		return errors.New("an array of strings is wanted")
	}
	var all []string
	for _, v := range values {
		text, err := scalar(v)
		if err != nil {
			return err
		}
		all = append(all, text)
	}
	return list.Replace(all)
}

func scalar(value any) (string, error) {
	switch value.(type) {
	case string, bool, int64:
		return fmt.Sprint(value), nil
	}
	return "", errors.New("a string, a number, true or false is wanted")
}
