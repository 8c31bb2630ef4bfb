using AceProxy.MpegTs;

namespace AceProxy.Splicing;

/// <summary>
/// Decides where a stream goes on after a reconnection. It takes the new connection's packets one by one and holds the last of them back,
/// until it finds the tail's end among them (a splice) or sees that it will not (a jump, to a random access point if there is one in time).
/// </summary>
/// <remarks>
/// <code>
/// tail        … 7 8 9
/// new data  5 6 7 8 9│10 11 …          the same packets: on with 10, whatever is held behind it goes with it
///                 12 13 K 15 …         later by its clock: on with K, the first random access point
/// 5' 6' 7' 8' K' 10' K″ …              earlier by its clock, but other packets: on with K″, the first picture that is new
/// </code>
/// As long as the new data is earlier than the tail's end, it is left out, for <see cref="ResumptionLimits.Splice"/> at most and not if its
/// pace shows that this will not do. From then on <see cref="ResumptionLimits.Keyframe"/> limits the wait. Both go on over connections
/// that end before it is decided: a source that breaks off all the time has to be seen, too.
/// </remarks>
internal sealed class Resumption(StreamTail tail, StreamInspector inspector, ResumptionLimits limits, TimeProvider time) : IDisposable
{
    private readonly HeldPackets _held = new();
    private readonly TailClock? _clock = TailClock.Of(tail);
    private StreamInspector _inspector = inspector;
    private OverlapSearch? _search;
    private NewClock? _progress;

    /// <summary>
    /// A place that all speaks for, until the next time confirms it: the number of the packet to go on with, or -1. To begin with it is the
    /// connection's own begin.
    /// </summary>
    private long _likely;

    /// <summary>The first random access point that may be gone on with, and what belongs before it.</summary>
    private AccessPoint? _access;

    private long _connectedAt;
    private long? _startedAt;
    private long? _waitsSince;

    /// <summary>What has to be sent before the packets of a jump: tables.</summary>
    public Preamble Preamble { get; private set; }

    /// <summary>The packets to go on with; what comes next follows them.</summary>
    public byte[] Packets { get; private set; } = [];

    /// <summary>For a jump: knows the tables that are in force, and nothing of what was left out.</summary>
    public StreamInspector NewInspector() => _inspector.Successor();

    /// <summary>Another connection, or bytes were lost on this one: what is held does not belong together with what comes.</summary>
    public void Restart()
    {
        _held.Clear();
        _inspector = _inspector.Successor();
        _progress = null;
        _access = null;
        _likely = 0;
    }

    /// <returns>How to go on, or null: not yet.</returns>
    public Resumed? Take(ReadOnlySpan<byte> packet)
    {
        long now = time.GetTimestamp();
        _startedAt ??= now;
        long number = _held.Add(packet);
        _connectedAt = number == 0 ? now : _connectedAt;
        _likely = _likely < _held.First ? -1 : _likely;
        long access = _inspector.Inspect(packet, number);

        if (_clock is not null && _clock.Source.TryRead(packet, out long ticks))
        {
            bool? isConfirmed = _likely < 0 ? false : IsConfirmed(ticks);
            if (isConfirmed == true)
            {
                return Splice(_likely);
            }

            _likely = isConfirmed is null ? _likely : -1;
            (_progress ??= new NewClock(ticks, now)).Read(ticks, _clock.Last);
        }

        switch ((_search ??= new OverlapSearch(tail, _held)).Match())
        {
            case OverlapMatch.Proven:
                return Splice(number + 1);
            case OverlapMatch.Likely:
                _likely = number + 1;
                break;
        }

        bool isOverlapExpected = IsOverlapExpected(now);
        if (access >= _held.First)
        {
            Consider(access, isOverlapExpected);
        }

        return isOverlapExpected && (_likely >= 0 || _access is not { IsNew: true }) ? null : JumpIfPossible(number, now);
    }

    public void Dispose() => _held.Dispose();

    /// <summary>Whether the time behind a likely place speaks for it; null: not enough.</summary>
    private bool? IsConfirmed(long ticks) =>
        _likely == 0 ? Adjacency.IsProven(tail, _clock!, _held, ticks, isFirst: _progress is null) : _clock!.IsNext(ticks);

    private bool IsOverlapExpected(long now)
    {
        TimeSpan patience = limits.Splice - time.GetElapsedTime(_startedAt!.Value, now);
        if (_clock is null || patience <= TimeSpan.Zero)
        {
            return false;
        }

        return _progress is null
            ? time.GetElapsedTime(_connectedAt, now) < limits.Keyframe
            : _likely >= 0 || (_progress.IsBehind && _progress.Arrives(patience, now, time));
    }

    private void Consider(long number, bool isOverlapExpected)
    {
        ReadOnlySpan<byte> packet = _held[number];
        long? distance = tail.LatestPicture(TsPacket.Pid(packet)) is { } latest && PesTimestamps.TryRead(packet, out long presentation, out _)
            && StreamTime.Difference(presentation * StreamTime.TicksPerTimestamp, latest) is var difference && StreamTime.AreRelated(difference)
                ? difference : null;
        if (_access is null || _access.Number < _held.First)
        {
            bool isNew = distance > 0;
            _access = isNew || !isOverlapExpected ? new AccessPoint(number, distance, isNew, _inspector.JoinPreamble()) : null;
        }
    }

    private Resumed? JumpIfPossible(long number, long now)
    {
        _waitsSince ??= _progress is null ? _connectedAt : now;
        if (_access is { } access && access.Number >= _held.First)
        {
            Preamble = access.Preamble;
            return Jump(access.Number, access.Distance, atRandomAccess: true);
        }

        if (time.GetElapsedTime(_waitsSince.Value, now) < limits.Keyframe)
        {
            return null;
        }

        Preamble = _inspector.PreambleAt(_held[number]);
        return Jump(number, _progress?.Distance, atRandomAccess: false);
    }

    private Resumed Splice(long number)
    {
        Packets = _held.From(number);
        return Result(JumpReason.None, number);
    }

    private Resumed Jump(long number, long? distance, bool atRandomAccess)
    {
        Packets = _held.From(number);
        JumpReason reason = _progress switch
        {
            null => JumpReason.NoClock,
            { Distance: null } => JumpReason.OtherClock,
            { IsBehind: true } when !(distance > 0) => JumpReason.TooFarBehind,
            { WasBehind: true } => JumpReason.Different,
            _ => JumpReason.Gap,
        };
        return Result(reason, number) with
        {
            Distance = distance is { } ticks ? StreamTime.ToTimeSpan(ticks) : null,
            AtRandomAccess = atRandomAccess,
        };
    }

    private Resumed Result(JumpReason reason, long number) => new()
    {
        Reason = reason,
        Took = time.GetElapsedTime(_startedAt!.Value),
        Left = number,
        Overlap = _progress?.Overlap is { } overlap ? StreamTime.ToTimeSpan(overlap) : null,
    };

    private sealed record AccessPoint(long Number, long? Distance, bool IsNew, Preamble Preamble);
}
