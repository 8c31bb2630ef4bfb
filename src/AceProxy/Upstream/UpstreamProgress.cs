using AceProxy.Upstream.Sessions;

namespace AceProxy.Upstream;

/// <summary>What a stream's reader has achieved so far; written by the reader, read by anybody.</summary>
internal sealed class UpstreamProgress
{
    private long _bytes;
    private long _lastData;
    private long _reconnections;
    private long _failovers;
    private long _splices;
    private long _jumps;
    private volatile bool _isFlowing;
    private volatile UpstreamSession? _session;
    private volatile string? _note;

    /// <summary>Bytes read from the engine, over all connections.</summary>
    public long Bytes => Volatile.Read(ref _bytes);

    /// <summary>The <see cref="TimeProvider"/> timestamp of the last bytes that were packets; 0 before the first.</summary>
    public long LastData => Volatile.Read(ref _lastData);

    /// <summary>Packets have come. Bytes alone prove nothing: an engine may send anything.</summary>
    public bool HasData => LastData != 0;

    public long Reconnections => Volatile.Read(ref _reconnections);

    /// <summary>How often it went on with another engine.</summary>
    public long Failovers => Volatile.Read(ref _failovers);

    /// <summary>What an operator should know, in words; null for nothing.</summary>
    public string? Note
    {
        get => _note;
        set => _note = value;
    }

    /// <summary>Reconnections after which nothing was missing or came twice.</summary>
    public long Splices => Volatile.Read(ref _splices);

    /// <summary>Reconnections after which the stream went on elsewhere.</summary>
    public long Jumps => Volatile.Read(ref _jumps);

    /// <summary>Data has come, and its connection has not ended.</summary>
    public bool IsFlowing => _isFlowing;

    /// <summary>The session being read, or the last one; null before the first.</summary>
    public UpstreamSession? Session
    {
        get => _session;
        set => _session = value;
    }

    public void Read(int bytes) => Volatile.Write(ref _bytes, _bytes + bytes);

    public void Flows(long now)
    {
        Volatile.Write(ref _lastData, now);
        _isFlowing = true;
    }

    public void FailedOver() => Volatile.Write(ref _failovers, _failovers + 1);

    public void Resumed(bool isSpliced)
    {
        ref long count = ref isSpliced ? ref _splices : ref _jumps;
        Volatile.Write(ref count, count + 1);
    }

    public void Interrupted()
    {
        _isFlowing = false;
        Volatile.Write(ref _reconnections, _reconnections + 1);
    }
}
