namespace AceProxy.MpegTs;

/// <summary>
/// Looks into the video stream, from each PES packet's start, for access units at which decoding can begin.
/// </summary>
/// <remarks>
/// A PES packet is judged by its first access unit: a later one cannot be joined without the header before it. One that ends
/// before any picture came (parameter sets sent by themselves) is judged together with the next.
/// </remarks>
internal sealed class RandomAccessSearch
{
    /// <summary>
    /// Packets to look at before giving up: 11 kB, where an access unit's parameter sets and messages rarely take 1 kB.
    /// </summary>
    public const int MaxPackets = 64;

    private readonly H264Probe _h264 = new();
    private readonly HevcProbe _hevc = new();
    private readonly Mpeg12Probe _mpeg12 = new();
    private AccessUnitProbe? _probe;
    private VideoCodec _codec;
    private int _pid = -1;
    private PesHeader _header;
    private int _packets;

    /// <summary>The packet that begins the access unit in question, -1 if there is none.</summary>
    public long Candidate { get; private set; } = -1;

    /// <summary>Follows the program's video from here on; a search in another stream ends.</summary>
    public void Follow(int pid, VideoCodec codec)
    {
        if (pid == _pid && codec == _codec)
            return;

        Abandon();
        (_pid, _codec) = (pid, codec);
        _probe = codec switch
        {
            VideoCodec.H264 => _h264,
            VideoCodec.Hevc => _hevc,
            VideoCodec.Mpeg12 => _mpeg12,
            _ => null,
        };
    }

    public void Abandon() => Candidate = -1;

    /// <summary>
    /// A PES packet begins. True if it begins an access unit and is the new candidate; false if it goes on with the last one.
    /// </summary>
    public bool Begin(long index, bool contiguous)
    {
        _header = default;
        if (contiguous && Candidate >= 0 && _probe is { AwaitsPicture: true })
            return false;

        Candidate = index;
        _packets = 0;
        _probe?.Begin();
        return true;
    }

    /// <summary>Looks at the next payload of the candidate.</summary>
    public AccessUnitVerdict Scan(ReadOnlySpan<byte> payload)
    {
        if (_probe is null || !_header.Skip(ref payload))
            return AccessUnitVerdict.NotRandomAccess;

        var verdict = _probe.Feed(payload);
        return verdict == AccessUnitVerdict.Undecided && ++_packets >= MaxPackets ? AccessUnitVerdict.NotRandomAccess : verdict;
    }
}
