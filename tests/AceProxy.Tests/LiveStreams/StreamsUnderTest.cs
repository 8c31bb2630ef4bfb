using System.Net;
using AceProxy.Buffering;
using AceProxy.Content;
using AceProxy.EngineApi;
using AceProxy.Engines;
using AceProxy.Events;
using AceProxy.LiveStreams;
using AceProxy.Tests.Engines;
using AceProxy.Tests.Settings;
using AceProxy.Upstream;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging.Abstractions;

namespace AceProxy.Tests.LiveStreams;

/// <summary>Everything from the registry of live streams to the engine, as the program composes it, on a clock that the test moves.</summary>
internal sealed class StreamsUnderTest : IAsyncDisposable
{
    private readonly ServiceProvider _services;

    public StreamsUnderTest(IPEndPoint engine, params (string Name, string? Value)[] settings)
        : this([engine], settings)
    {
    }

    public StreamsUnderTest(IPEndPoint[] engines, params (string Name, string? Value)[] settings)
    {
        AceProxy.Settings.SettingsReader reader = Configured.With([("ENGINES", string.Join<IPEndPoint>(',', engines)), .. settings]);
        _services = new ServiceCollection()
            .AddLogging()
            .AddSingleton<TimeProvider>(Time)
            .AddSingleton(new EventLog("worker", isShared: false, Time))
            .AddEngines(reader)
            .AddEngineApi(reader)
            .AddUpstream(reader)
            .AddLiveStreams(reader)
            .BuildServiceProvider();
        reader.ThrowIfProblems();
        _services.StartSources();
    }

    public ManualTimeProvider Time { get; } = new();

    public LiveStreamRegistry Registry => _services.GetRequiredService<LiveStreamRegistry>();

    public SlabPool Slabs => _services.GetRequiredService<SlabPool>();

    public EnginePool Engines => _services.GetRequiredService<EnginePool>();

    public LiveStreamOptions Options => _services.GetRequiredService<LiveStreamOptions>();

    public static ContentRequest Request(string infohash) =>
        new(ContentKey.ForInfohash(infohash, 0), [new ContentSelector(SelectorKind.Infohash, infohash, 0)]);

    public Client NewClient() => new("127.0.0.1", "player", Time, CancellationToken.None);

    public ClientMonitor NewMonitor() => new(
        Registry, Options, _services.GetRequiredService<StreamMetrics>(), Time, NullLogger<ClientMonitor>.Instance);

    /// <summary>Runs the reader of one content by itself.</summary>
    public async Task<EngineFailure> ReadAsync(ContentRequest request, RingWriter writer, UpstreamProgress progress, ChunkRing ring, CancellationToken cancellation)
    {
        EngineReservation? slot = await Engines.TryReserveAsync([]);
        Task<EngineFailure> run = _services.GetRequiredService<UpstreamReader>()
            .RunAsync(slot!, new UpstreamIntake(request, ring, writer, progress, (_, _) => null), cancellation);
        while (await Task.WhenAny(run, Time.TimerWithinAsync(TimeSpan.FromSeconds(2), cancellation)) != run)
        {
            Time.Advance(2); // the delay before the next attempt
        }

        return await run;
    }

    /// <summary>The same where another worker may be reading it from that engine, and the slot is taken on another; nobody moves the clock.</summary>
    public async Task<EngineFailure> ReadBesideAsync(
        Engine anothers, ContentRequest request, RingWriter writer, UpstreamProgress progress, ChunkRing ring, CancellationToken cancellation)
    {
        EngineReservation? slot = await Engines.TryReserveOtherAsync(anothers.Address.Id);
        var intake = new UpstreamIntake(request, ring, writer, progress, (_, _) => null) { Avoided = () => [anothers] };
        return await _services.GetRequiredService<UpstreamReader>().RunAsync(slot!, intake, cancellation);
    }

    /// <summary>The same where it has played already, and its slot is on that engine.</summary>
    public async Task<EngineFailure> PlayOnAsync(
        Engine engine, ContentRequest request, RingWriter writer, UpstreamProgress progress, ChunkRing ring, CancellationToken cancellation)
    {
        EngineReservation? slot = await Engines.TryReserveAsync([], [.. Engines.Engines.Where(other => other != engine)]);
        progress.Flows(Time.GetTimestamp());
        return await _services.GetRequiredService<UpstreamReader>()
            .RunAsync(slot!, new UpstreamIntake(request, ring, writer, progress, (_, _) => null), cancellation);
    }

    public LiveStream NewStream(string infohash) =>
        new(Request(infohash), _services.GetRequiredService<LiveStreamServices>(), Registry, Task.CompletedTask);

    public RingWriter NewWriter(ChunkRing ring) => new(ring, Slabs, _services.GetRequiredService<ChunkTicker>(), _services.GetRequiredService<RingOptions>(), Time);

    public ChunkRing NewRing() => new(_services.GetRequiredService<RingOptions>(), Time);

    public async ValueTask DisposeAsync()
    {
        await Registry.StopAsync(CancellationToken.None);
        await _services.DisposeAsync();
    }
}
