using System.Text.Json;
using AceProxy.EngineApi;
using AceProxy.Telemetry;

namespace AceProxy.Engines.Health;

/// <summary>Asks an engine how it is, with questions that open no session.</summary>
internal sealed class EngineProber(EngineClient client, HealthOptions options)
{
    /// <exception cref="OperationCanceledException"><paramref name="cancellation"/> fired.</exception>
    public async Task<EngineCheck> CheckAsync(EngineAddress engine, CancellationToken cancellation)
    {
        EngineReply<JsonDocument> status = await AskAsync(engine, "get_status", options.StatusTimeout, cancellation);
        if (!status.IsSuccess)
        {
            return new EngineCheck($"get_status: {status.Failure.Message}", null, null, null);
        }

        string? version;
        using (JsonDocument document = status.Value)
        {
            if (EngineJson.Object(document.RootElement, "result") is not { } result)
            {
                return new EngineCheck($"get_status: {EngineJson.Error(document.RootElement) ?? "the reply has no result"}", null, null, null);
            }

            version = EngineJson.Object(result, "version") is { } named && EngineJson.Text(named, "version") is { } text ? Words.Tame(text) : null;
        }

        EngineReply<JsonDocument> network = await AskAsync(engine, "get_network_connection_status", options.NetworkTimeout, cancellation);
        if (!network.IsSuccess)
        {
            return new EngineCheck(null, version, null, $"get_network_connection_status: {network.Failure.Message}");
        }

        using JsonDocument reply = network.Value;
        return new EngineCheck(null, version, EngineJson.Object(reply.RootElement, "result") is { } told ? Connected(told) : null, null);
    }

    private Task<EngineReply<JsonDocument>> AskAsync(EngineAddress engine, string method, TimeSpan limit, CancellationToken cancellation) =>
        client.GetJsonAsync(PinnedUrl.To(engine, $"/server/api?api_version=3&method={method}"), limit, cancellation);

    private static bool? Connected(JsonElement result) =>
        result.TryGetProperty("connected", out JsonElement value)
            ? value.ValueKind switch { JsonValueKind.True => true, JsonValueKind.False => false, _ => null }
            : null;
}
