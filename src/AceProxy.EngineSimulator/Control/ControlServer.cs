using System.Net;
using System.Text.Json;
using System.Text.Json.Nodes;
using System.Text.Json.Serialization;
using AceProxy.EngineSimulator.Contents;

namespace AceProxy.EngineSimulator.Control;

/// <summary>The engine's handles as JSON over HTTP, for those who do not run it in their own process.</summary>
internal sealed class ControlServer : IAsyncDisposable
{
    private static readonly JsonSerializerOptions Json = new(JsonSerializerDefaults.Web) { Converters = { new JsonStringEnumConverter() } };
    private readonly WebApplication _application;

    private ControlServer(WebApplication application, IPEndPoint endPoint)
    {
        _application = application;
        EndPoint = endPoint;
    }

    public IPEndPoint EndPoint { get; }

    public static async Task<ControlServer> StartAsync(SimulatedEngine engine, IPEndPoint endPoint)
    {
        var builder = WebApplication.CreateSlimBuilder();
        builder.Logging.ClearProviders();
        builder.WebHost.ConfigureKestrel(kestrel => kestrel.Listen(endPoint));
        var application = builder.Build();
        MapObservation(application, engine);
        MapContents(application, engine);
        MapEngine(application, engine);
        await application.StartAsync();
        var bound = new Uri(application.Urls.Single());
        return new ControlServer(application, new IPEndPoint(endPoint.Address, bound.Port));
    }

    public ValueTask DisposeAsync() => _application.DisposeAsync();

    private static void MapObservation(WebApplication application, SimulatedEngine engine)
    {
        application.MapGet("/sessions", () => Results.Json(engine.Sessions, Json));
        application.MapGet("/requests", () => Results.Json(engine.Requests, Json));
        application.MapGet("/events", () => Results.Json(engine.Events, Json));
        application.MapGet("/counters", () => Results.Json(
            new
            {
                engine.OpenSessionCount,
                engine.SessionsOpened,
                engine.ReaderCount,
                engine.ConnectionCount,
                engine.RequestCount,
                BytesSent = engine.Sessions.Sum(session => session.BytesSent),
            },
            Json));
    }

    private static void MapContents(WebApplication application, SimulatedEngine engine)
    {
        application.MapGet("/contents", () => Results.Json(engine.Contents.Select(content => content.Script), Json));
        application.MapPost("/contents", (JsonObject body) => Try(() => Describe(engine.Add(NewScript(body)))));
        application.MapPatch("/contents/{infohash}", (string infohash, JsonObject changes) => WithContent(engine, infohash, content =>
        {
            content.Update(script => Merge(script, changes));
            return Describe(content);
        }));
        application.MapDelete("/contents/{infohash}", (string infohash) => WithContent(engine, infohash, content =>
        {
            engine.Remove(content);
            return Results.NoContent();
        }));
        application.MapPost("/contents/{infohash}/faults", (string infohash, FaultRequest fault) => WithContent(engine, infohash, content =>
            Results.Json(new { Readers = content.Fault(fault.ToFault()) }, Json)));
        application.MapPost("/contents/{infohash}/lift", (string infohash) => WithContent(engine, infohash, content =>
        {
            content.Lift();
            return Results.NoContent();
        }));
    }

    private static void MapEngine(WebApplication application, SimulatedEngine engine)
    {
        application.MapPost("/engine/refuse", (bool on) => Do(() => engine.Refuse(on)));
        application.MapPost("/engine/hang", (bool on) => Do(() => engine.Hang(on)));
        application.MapPost("/engine/restart", () => Do(engine.Restart));
        application.MapGet("/engine/service", () => Results.Json(engine.Service, Json));
        application.MapPut("/engine/service", (JsonObject body) => Try(() =>
        {
            engine.Service = body.Deserialize<ServiceScript>(Json) ?? new ServiceScript();
            return Results.Json(engine.Service, Json);
        }));
    }

    /// <summary>A script from JSON; <c>stamped</c> (bitsPerSecond, gopSeconds) picks the synthetic broadcast.</summary>
    private static ContentScript NewScript(JsonObject body)
    {
        var stamped = body["stamped"].Deserialize<StampedSource>(Json);
        body.Remove("stamped");
        var script = body.Deserialize<ContentScript>(Json) ?? throw new JsonException("There is no content in the request.");
        return stamped is null ? script : script with { Broadcast = stamped.ToBroadcast(script.OnAirSince) };
    }

    private static ContentScript Merge(ContentScript script, JsonObject changes)
    {
        var merged = JsonSerializer.SerializeToNode(script, Json)!.AsObject();
        foreach (var (name, value) in changes)
            merged[name] = value?.DeepClone();
        // Ids are keys of the catalogue, and a broadcast has no JSON: both stay as they are.
        return merged.Deserialize<ContentScript>(Json)! with
        {
            ContentId = script.ContentId,
            Infohash = script.Infohash,
            Broadcast = script.Broadcast,
            Vod = script.Vod,
        };
    }

    private static IResult Describe(SimulatedContent content) => Results.Json(content.Script, Json);

    private static IResult WithContent(SimulatedEngine engine, string infohash, Func<SimulatedContent, IResult> use)
    {
        var content = engine.Contents.FirstOrDefault(one => string.Equals(one.Infohash, infohash, StringComparison.OrdinalIgnoreCase));
        return content is null ? Results.NotFound() : Try(() => use(content));
    }

    private static IResult Do(Action action)
    {
        action();
        return Results.NoContent();
    }

    private static IResult Try(Func<IResult> action)
    {
        try
        {
            return action();
        }
        catch (Exception wrong) when (wrong is JsonException or ArgumentException)
        {
            return Results.BadRequest(wrong.Message);
        }
    }
}
