using AceProxy.Settings;

namespace AceProxy.Access.Limits;

/// <summary>How much one worker takes on. 0 stands for no limit, but with the rings' memory.</summary>
internal sealed record LimitOptions
{
    public required int Clients { get; init; }

    public required int ClientsPerAddress { get; init; }

    public required int ClientsPerStream { get; init; }

    public required int Streams { get; init; }

    /// <summary>How many openings a second one address has in the long run.</summary>
    public required int OpeningsPerSecond { get; init; }

    /// <summary>How many it may have at once.</summary>
    public required int OpeningsBurst { get; init; }

    /// <summary>Bytes of all rings together.</summary>
    public required long RingsSize { get; init; }

    public static LimitOptions Read(SettingsReader settings) => new()
    {
        Clients = settings.Integer("MAX_CLIENTS", 0, 0, 1_000_000, "clients", "clients of this worker at once; 0: no limit"),
        ClientsPerAddress = settings.Integer("MAX_CLIENTS_PER_ADDRESS", 0, 0, 1_000_000, "clients", "of them from one address, or IPv6 network of 64 bits; 0: no limit"),
        ClientsPerStream = settings.Integer("MAX_CLIENTS_PER_STREAM", 0, 0, 1_000_000, "clients", "of them on one stream; 0: no limit"),
        Streams = settings.Integer("MAX_STREAMS", 0, 0, 100_000, "streams", "live streams of this worker at once; 0: no limit"),
        OpeningsPerSecond = settings.Integer("OPENINGS_PER_SECOND", 0, 0, 10_000, "requests", "for streams, from one address a second in the long run; 0: no limit"),
        OpeningsBurst = settings.Integer("OPENINGS_BURST", 20, 1, 100_000, "requests", "for streams, that one address may make at once"),
        RingsSize = ReadRingsSize(settings),
    };

    private static long ReadRingsSize(SettingsReader settings)
    {
        int size = settings.Integer("RINGS_SIZE", 0, 0, 16_777_216, "MiB", "the most that all streams' rings take together; 0: half of the machine's or container's memory");
        return size > 0 ? size * 1048576L : GC.GetGCMemoryInfo().TotalAvailableMemoryBytes / 2;
    }
}
