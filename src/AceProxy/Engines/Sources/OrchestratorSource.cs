using System.Text.Json;
using AceProxy.EngineApi;

namespace AceProxy.Engines.Sources;

/// <summary>
/// The engines of an acestream-orchestrator (krinkuto11/acestream-orchestrator). Its versions differ in where they list them
/// (<c>/engines</c>, later <c>/api/v1/engines</c>), in how (<c>[…]</c> or <c>{"engines": […]}</c>), and in which header they want the key;
/// later ones answer paths they do not know with their web page and 200. What answered last is asked first.
/// </summary>
internal sealed class OrchestratorSource(EngineClient client, SourceOptions options) : IEngineSource
{
    private readonly string[] _paths = ["/api/v1/engines", "/engines"];

    public string Name => "ORCHESTRATOR_URL";

    public TimeSpan Interval => options.OrchestratorInterval;

    public async Task<SourceAnswer> AskAsync(CancellationToken cancellation)
    {
        List<string> problems = [];
        for (int at = 0; at < _paths.Length; at++)
        {
            var uri = new Uri($"{options.Orchestrator!.GetLeftPart(UriPartial.Path).TrimEnd('/')}{_paths[at]}");
            EngineReply<JsonDocument> reply = await client.GetJsonAsync(uri, options.OrchestratorTimeout, cancellation, Key());
            if (!reply.IsSuccess)
            {
                problems.Add($"{uri.AbsolutePath}: {reply.Failure.Message}");
                if (reply.Failure.Kind != EngineFailureKind.BadReply)
                {
                    break; // nobody is there, or nobody in time: the other path would be no better
                }

                continue;
            }

            using JsonDocument document = reply.Value;
            if (OrchestratorReply.Read(document.RootElement) is not { } answer)
            {
                problems.Add($"{uri.AbsolutePath}: the reply has no list of engines");
                continue;
            }

            (_paths[0], _paths[at]) = (_paths[at], _paths[0]);
            return answer;
        }

        return SourceAnswer.Failed(string.Join("; ", problems));
    }

    private IEnumerable<KeyValuePair<string, string>> Key() => options.OrchestratorApiKey.Length == 0 ? [] :
    [
        new("X-API-Key", options.OrchestratorApiKey),
        new("Authorization", $"Bearer {options.OrchestratorApiKey}"),
    ];
}
