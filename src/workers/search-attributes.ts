import type { Client } from '@temporalio/client';
import { encodeSearchAttributeIndexedValueType as typeNumber } from '@temporalio/common/lib/search-attributes';
import { SEARCH_ATTRIBUTES } from '../domain/search-attributes';

const TIMEOUT_MS = 5000;

/**
 * Makes the search attributes known to the namespace; safe to repeat. No workflow can be started with one that is not.
 *
 * @throws Error with the command to give where the server lets nobody add them from here, or has one with another type
 */
export async function registerSearchAttributes(client: Client): Promise<void> {
  const { operatorService } = client.connection;
  const { namespace } = client.options;
  await client.withDeadline(Date.now() + TIMEOUT_MS, async () => {
    const { customAttributes: known } = await operatorService.listSearchAttributes({ namespace });
    for (const { name, type } of Object.values(SEARCH_ATTRIBUTES)) {
      const number = typeNumber(type)!;
      if (known[name] === number) continue;
      const command = `temporal operator search-attribute create --namespace ${namespace} --name ${name} --type ${type[0]}${type.slice(1).toLowerCase()}`;
      if (known[name] !== undefined) {
        throw new Error(
          `the namespace has a search attribute ${name} of another type: rename or remove it, then ${command}`,
        );
      }
      await operatorService
        .addSearchAttributes({ namespace, searchAttributes: { [name]: number } })
        .catch((cause: unknown) => {
          throw new Error(`the search attribute ${name} cannot be added: ${command}`, { cause });
        });
    }
  });
}
