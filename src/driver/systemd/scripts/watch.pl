# Tells of changes of files: prints `+ NUMBER` for the group that a changed path belongs to, at once and then at most five times a second
# for each group; `! MESSAGE` for what it cannot watch, and `ready` when it watches. Its arguments are NUMBER, COMPONENT and PATH, again
# and again. It asks the kernel itself (man 7 inotify), with one file descriptor for all: a path unit of systemd takes one for each
# path, and closing one of those holds systemd up for 15 ms and more with every change. Of perl it needs what every Debian has, perl-base.
use strict;
use warnings;
use Config;

my ($init, $add) = do {
    my %calls = (
        x86_64 => [294, 254], aarch64 => [26, 27], riscv64 => [26, 27], loongarch64 => [26, 27],
        i386 => [332, 292], i486 => [332, 292], i586 => [332, 292], i686 => [332, 292],
        arm => [360, 317], powerpc64le => [318, 276], s390x => [324, 285],
    );
    my ($machine) = $Config{archname} =~ /^([^-]+)/;
    @{ $calls{$machine} // cannot("files of a $machine cannot be watched") };
};
use constant {
    ATTRIB => 0x4, CLOSE_WRITE => 0x8, MOVED_FROM => 0x40, MOVED_TO => 0x80, CREATE => 0x100, DELETE => 0x200,
    DELETE_SELF => 0x400, MOVE_SELF => 0x800, OVERFLOW => 0x4000, IGNORED => 0x8000, MASK_ADD => 0x20000000,
};
use constant NAMES => MOVED_FROM | MOVED_TO | CREATE | DELETE | DELETE_SELF | MOVE_SELF;
use constant CONTENT => NAMES | ATTRIB | CLOSE_WRITE;
# In seconds. Whoever replaces a file again and again is looked at as often as that.
use constant { PAUSE => 0.2, MOST_LINKS => 40 };
# In seconds: where there is no inotify instance left, the time before another is asked for doubles from the one to the other.
use constant { FIRST_PAUSE => 1, LAST_PAUSE => 60 };

my @watched;
while (my ($number, $component, $path) = splice @ARGV, 0, 3) {
    push @watched, { number => $number, component => $component, path => $path };
}
my (%told, %later, %complained);
open my $uptime, '<', '/proc/uptime' or cannot("the time since the start of the host is not known: $!");
my $watcher = { moved => 1 };
my ($pause, $again_at) = (FIRST_PAUSE, 0);
follow_anew();
say_line('ready');
while (1) {
    my $bits = '';
    vec($bits, fileno($watcher->{handle}), 1) = 1 if $watcher->{handle};
    my $found = select($bits, undef, undef, %later ? PAUSE : $watcher->{moved} ? $pause : undef);
    take($watcher) if $found > 0;
    follow_anew() if $watcher->{moved} && uptime() >= $again_at;
    tell_later();
}

# Watches all paths as they lead now, instead of as they led before. What was watched stays so where that cannot be had: it is tried again.
sub follow_anew {
    my $next = watch_all();
    if (!$next) {
        say_line("! files cannot be watched: $!; that is tried again, at least once a minute") unless $complained{''}++;
        $again_at = uptime() + $pause;
        $pause = 2 * $pause < LAST_PAUSE ? 2 * $pause : LAST_PAUSE;
        return;
    }
    my $before = $watcher;
    $watcher = $next;
    if ($before->{handle}) {
        # What the one before has seen until now is not lost.
        1 while take($before);
        close $before->{handle};
    }
    return if $pause == FIRST_PAUSE;
    # Nobody has seen all that changed meanwhile.
    announce($_) for @watched;
    ($pause, $again_at) = (FIRST_PAUSE, 0);
}

# Reads of what there is, and notes where a path may lead elsewhere from now on; false where there is nothing.
sub take {
    my ($from) = @_;
    return 0 unless sysread $from->{handle}, my $bytes, 65536;
    while (length $bytes >= 16) {
        my ($watch, $mask, undef, $length) = unpack 'i I I I', $bytes;
        my $name = unpack 'Z*', substr $bytes, 16, $length;
        substr $bytes, 0, 16 + $length, '';
        my $waits = $from->{waiting}{$watch} // {};
        if ($mask & OVERFLOW) {
            $waits = { '' => [@watched] };
            $from->{moved} = 1;
        }
        my @named = $name eq '' ? map { @$_ } values %$waits : @{ $waits->{$name} // [] };
        # Of a watch that was taken away because what it was on is gone, that was said before.
        next if $mask & IGNORED;
        $from->{moved} = 1 if @named && $mask & NAMES;
        announce($_) for @named, $name eq '' ? () : @{ $waits->{''} // [] };
    }
    return 1;
}

# By watch, and by the name in its directory or '' for all of it: who waits for that. Nothing where the kernel gives no instance.
sub watch_all {
    my $descriptor = syscall $init, 0x80800;
    return if $descriptor < 0;
    open my $handle, '<&=', $descriptor or return;
    my $made = { handle => $handle, waiting => {} };
    follow_path($made, $_) for @watched;
    return $made;
}

# Each directory on the way waits for the next name, links included, wherever they lead; the end of the way for itself.
sub follow_path {
    my ($made, $entry) = @_;
    my ($place, @names) = ('/', grep { $_ ne '' } split m{/}, $entry->{path});
    my $links = 0;
    while (defined(my $name = shift @names)) {
        if ($name eq '.' || $name eq '..') {
            $place =~ s{/[^/]+$}{} if $name eq '..';
            $place = '/' if $place eq '';
            next;
        }
        wait_for($made, $place, NAMES, $name, $entry);
        my $next = $place eq '/' ? "/$name" : "$place/$name";
        if (defined(my $target = readlink $next)) {
            return if ++$links > MOST_LINKS;
            $place = '/' if $target =~ m{^/};
            unshift @names, grep { $_ ne '' } split m{/}, $target;
        } elsif (-e $next) {
            $place = $next;
        } else {
            return;
        }
    }
    wait_for($made, $place, CONTENT, '', $entry);
}

sub wait_for {
    my ($made, $place, $mask, $name, $entry) = @_;
    my $watch = syscall $add, fileno($made->{handle}), "$place\0", $mask | MASK_ADD;
    return push @{ $made->{waiting}{$watch}{$name} }, $entry if $watch >= 0;
    # Gone in this moment: the directory above tells.
    return if $!{ENOENT} || $!{ENOTDIR};
    say_line("! $place cannot be watched: $!") unless $complained{$place}++;
}

# What our own operation does to the component is no news: it is looked at afterwards.
sub announce {
    my ($entry) = @_;
    return if $entry->{component} ne '' && -e "/run/homeostat-changing-$entry->{component}";
    $later{ $entry->{number} } = 1;
}

sub tell_later {
    my $now = uptime();
    for my $number (sort keys %later) {
        next if $now - ($told{$number} // -1) < PAUSE;
        $told{$number} = $now;
        delete $later{$number};
        say_line("+ $number");
    }
}

# Whichever way the clock is set.
sub uptime {
    sysseek $uptime, 0, 0;
    sysread $uptime, my $text, 64;
    return (split ' ', $text)[0];
}

# The empty line before keeps it whole where another is in the middle of a line.
sub say_line {
    my ($line) = @_;
    defined syswrite STDOUT, "\n$line\n" or exit 1;
}

# Nothing is watched here; what follows the journal beside this goes on.
sub cannot {
    say_line("! $_[0]");
    say_line('ready');
    select undef, undef, undef, undef while 1;
}
