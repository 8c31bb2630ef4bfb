using AceProxy.Splicing;

namespace AceProxy.Upstream.Playback;

/// <summary>
/// Where one connection's bytes go: into the ring or, while another connection still fills that, into a backlog. Once both fit together
/// the one that waits relieves the other, on the other's thread: whoever has begun to write to the ring is its only writer.
/// </summary>
internal sealed class PacketFeed
{
    private readonly UpstreamIntake _intake;
    private readonly TimeSpan _handoverLimit;
    private readonly TimeProvider _time;
    private readonly Lock _gate = new();
    private readonly TaskCompletionSource _taken = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private Backlog? _backlog;
    private long _firstAt;
    private int _read;
    private Resumed? _resumed;
    private bool _isOver;

    /// <param name="waits">Another connection is read into the ring; this one relieves it.</param>
    /// <param name="handoverLimit">From its first packets; then it relieves the other however they fit.</param>
    public PacketFeed(UpstreamIntake intake, bool waits, TimeSpan handoverLimit, TimeProvider time)
    {
        (_intake, _handoverLimit, _time) = (intake, handoverLimit, time);
        if (waits)
        {
            _backlog = new Backlog();
        }
        else
        {
            _taken.SetResult();
        }
    }

    /// <summary>The bytes written last were packets.</summary>
    public bool IsAligned { get; private set; }

    public long BytesSinceAligned { get; private set; }

    /// <summary>Nothing more is to be read until <see cref="WhenTaken"/>.</summary>
    public bool IsFull => _backlog is { IsFull: true };

    /// <summary>It has packets that are to go on where another connection ends.</summary>
    public bool HasBacklog
    {
        get
        {
            lock (_gate)
            {
                return !_isOver && _backlog is { Packets.Length: > 0 };
            }
        }
    }

    /// <summary>Completes when it goes into the ring.</summary>
    public Task WhenTaken => _taken.Task;

    /// <summary>The connection is there, and bytes will come.</summary>
    public void Begin()
    {
        lock (_gate)
        {
            if (_backlog is null)
            {
                _intake.Writer.Reconnected();
            }
        }
    }

    /// <summary>So many bytes have been read.</summary>
    public void Read(int bytes)
    {
        lock (_gate)
        {
            if (_backlog is null)
            {
                _intake.Progress.Read(bytes);
            }
            else
            {
                _read += bytes;
            }
        }
    }

    /// <param name="bytes">What the last call left, and what has been read since.</param>
    /// <returns>How many are done with; the caller keeps the rest in front of what it reads next.</returns>
    public int Write(ReadOnlySpan<byte> bytes)
    {
        lock (_gate)
        {
            if (_isOver)
            {
                return 0; // another one writes to the ring by now
            }

            if (_backlog is { } backlog)
            {
                int held = backlog.Take(bytes);
                BytesSinceAligned = backlog.BytesSinceAligned;
                IsAligned = backlog.Packets.Length > 0 && BytesSinceAligned == 0;
                _firstAt = _firstAt == 0 && IsAligned ? _time.GetTimestamp() : _firstAt;
                return held;
            }

            int done = _intake.Writer.Write(bytes);
            NoteResumed();
            BytesSinceAligned = _intake.Writer.BytesSinceAligned;
            IsAligned = _intake.Writer.IsAligned;
            return done;
        }
    }

    /// <summary>The source has sent what it had for now.</summary>
    public void EndOfBurst()
    {
        lock (_gate)
        {
            if (_backlog is null && !_isOver)
            {
                _intake.Writer.EndOfBurst();
            }
        }
    }

    /// <summary>Packets have come.</summary>
    public void Flows(long now)
    {
        lock (_gate)
        {
            if (_backlog is null)
            {
                _intake.Progress.Flows(now);
            }
        }
    }

    /// <summary>The connection has ended, with these bytes not taken yet. Harmless for one that is over.</summary>
    public void EndOfConnection(ReadOnlySpan<byte> rest)
    {
        lock (_gate)
        {
            if (_backlog is null && !_isOver)
            {
                _intake.Writer.EndOfConnection(rest);
                NoteResumed();
            }

            _isOver = true;
        }
    }

    /// <summary>How the stream went on when this connection came into the ring, once.</summary>
    public Resumed? TakeResumed()
    {
        lock (_gate)
        {
            Resumed? resumed = _resumed;
            _resumed = null;
            return resumed;
        }
    }

    /// <summary>There never was a connection.</summary>
    public void Close()
    {
        lock (_gate)
        {
            _isOver = true;
        }
    }

    /// <summary>Takes over from the connection that fills the ring, if they fit together by now. Called by that one's reader.</summary>
    /// <param name="rest">The bytes that <paramref name="current"/> has not taken yet.</param>
    public bool TryRelieve(PacketFeed current, ReadOnlySpan<byte> rest)
    {
        lock (_gate)
        {
            if (_isOver || _backlog is not { Packets.Length: > 0 } backlog || !IsDue(backlog))
            {
                return false;
            }

            current.EndOfConnection(rest);
            GoLive(backlog);
            return true;
        }
    }

    /// <summary>Goes into the ring, if it does not yet, because the connection that filled it has ended. False if this one has too.</summary>
    public bool TryGoOn()
    {
        lock (_gate)
        {
            if (!_isOver && _backlog is { } backlog)
            {
                GoLive(backlog);
            }

            return _backlog is null;
        }
    }

    private void NoteResumed()
    {
        if (_intake.Writer.TakeResumed() is { } resumed)
        {
            _resumed = resumed;
            _intake.Progress.Resumed(resumed.IsSpliced);
        }
    }

    private void GoLive(Backlog backlog)
    {
        _backlog = null;
        _intake.Writer.Reconnected();
        _intake.Progress.Read(_read);
        if (backlog.Packets.Length > 0)
        {
            _intake.Writer.Write(backlog.Packets);
            _intake.Progress.Flows(_time.GetTimestamp());
        }

        _taken.TrySetResult();
    }

    /// <summary>They fit together, or there has been time and room enough for it.</summary>
    private bool IsDue(Backlog backlog) =>
        backlog.IsFull || _time.GetElapsedTime(_firstAt) >= _handoverLimit || backlog.Covers(_intake.Ring);
}
